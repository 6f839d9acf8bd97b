import type { Principal } from '../core/access.ts';
import type { TokenVerifier } from './auth.ts';
import type { DeletedUsers } from './deleted-users.ts';

/** Who comes in: holders of a valid token who were not deleted. */
export class Gate {
  readonly #verifier: TokenVerifier;
  readonly #deletedUsers: DeletedUsers;

  constructor(verifier: TokenVerifier, deletedUsers: DeletedUsers) {
    this.#verifier = verifier;
    this.#deletedUsers = deletedUsers;
  }

  /** @throws HubError unauthenticated, and unavailable where the keys of tokens cannot be fetched */
  async verify(token: string): Promise<Principal> {
    const principal = await this.#verifier.verify(token);
    await this.#deletedUsers.check(principal);
    return principal;
  }

  /** Whether someone who came in may stay. @throws HubError unauthenticated */
  check(principal: Principal): Promise<void> {
    return this.#deletedUsers.check(principal);
  }
}
