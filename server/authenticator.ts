import type { Principal } from '../core/access/principal.ts';
import { HubError } from '../core/errors.ts';
import type { DeletedUsers } from './deleted-users.ts';
import type { AuthFailures } from './limits/auth-failures.ts';
import type { RejectedTokenLog } from './rejected-token-log.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

/** Accepts valid tokens of users who were not deleted. */
export class Authenticator {
  readonly #tokens: VerifiedTokens;
  readonly #deletedUsers: DeletedUsers;
  readonly #failures: AuthFailures;
  readonly #rejectedTokens: Pick<RejectedTokenLog, 'record'>;

  constructor(
    tokens: VerifiedTokens,
    deletedUsers: DeletedUsers,
    failures: AuthFailures,
    rejectedTokens: Pick<RejectedTokenLog, 'record'>,
  ) {
    this.#tokens = tokens;
    this.#deletedUsers = deletedUsers;
    this.#failures = failures;
    this.#rejectedTokens = rejectedTokens;
  }

  /**
   * Tokens from an address with too many failures are rejected without verification.
   * @throws HubError unauthenticated; rate_limited; unavailable if the token keys cannot be fetched
   */
  async verify(token: string, address: string): Promise<Principal> {
    this.#failures.check(address);
    try {
      const principal = await this.#tokens.verify(token);
      await this.#deletedUsers.check(principal);
      return principal;
    } catch (error) {
      if (error instanceof HubError && error.code === 'unauthenticated') {
        this.#rejectedTokens.record({ token, reason: error.message, address });
        await this.#failures.record(address);
      }
      throw error;
    }
  }

  /** Checks an authenticated principal again: the user may have been deleted since. @throws HubError unauthenticated */
  check(principal: Principal): Promise<void> {
    return this.#deletedUsers.check(principal);
  }
}
