import type { Principal } from '../core/access.ts';
import { HubError } from '../core/errors.ts';
import type { DeletedUsers } from './deleted-users.ts';
import type { Failures } from './limits/failures.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

/** Who comes in: holders of a valid token who were not deleted. */
export class Gate {
  readonly #tokens: VerifiedTokens;
  readonly #deletedUsers: DeletedUsers;
  readonly #failures: Failures;
  readonly #refusals: Pick<RefusalLog, 'note'>;

  constructor(
    tokens: VerifiedTokens,
    deletedUsers: DeletedUsers,
    failures: Failures,
    refusals: Pick<RefusalLog, 'note'>,
  ) {
    this.#tokens = tokens;
    this.#deletedUsers = deletedUsers;
    this.#failures = failures;
    this.#refusals = refusals;
  }

  /**
   * `address`: where the token came from. From an address with too many failures no token is verified.
   * @throws HubError unauthenticated; rate_limited; unavailable where the keys of tokens cannot be fetched
   */
  async verify(token: string, address: string): Promise<Principal> {
    this.#failures.check(address);
    try {
      const principal = await this.#tokens.verify(token);
      await this.#deletedUsers.check(principal);
      return principal;
    } catch (error) {
      if (error instanceof HubError && error.code === 'unauthenticated') {
        this.#refusals.note({ token, reason: error.message, address });
        await this.#failures.note(address);
      }
      throw error;
    }
  }

  /** Whether someone who came in may stay. @throws HubError unauthenticated */
  check(principal: Principal): Promise<void> {
    return this.#deletedUsers.check(principal);
  }
}
