import type { Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import type { AuthFailures } from './auth-failures.ts';
import type { DeletedUsers } from './deleted-users.ts';
import type { RejectedTokenLog } from './rejected-token-log.ts';
import type { VerifiedTokens } from './verified-tokens.ts';

interface AuthenticatorDeps {
  tokens: VerifiedTokens;
  deletedUsers: DeletedUsers;
  failures: AuthFailures;
  rejectedTokens: RejectedTokenLog;
}

/** Accepts valid tokens of users who were not deleted. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  /**
   * Tokens from an address with too many failures are rejected without verification.
   * @throws HubError unauthenticated; rate_limited; unavailable if the token keys cannot be fetched
   */
  async verify(token: string, address: string): Promise<Principal> {
    const { tokens, deletedUsers, failures, rejectedTokens } = this.#deps;
    failures.check(address);
    try {
      const principal = await tokens.verify(token);
      await deletedUsers.check(principal);
      return principal;
    } catch (error) {
      if (error instanceof HubError && error.code === 'unauthenticated') {
        rejectedTokens.record({ token, reason: error.message, address });
        await failures.record(address);
      }
      throw error;
    }
  }

  /** Checks an authenticated principal again: the user may have been deleted since. @throws HubError unauthenticated */
  check(principal: Principal): Promise<void> {
    return this.#deps.deletedUsers.check(principal);
  }
}
