/**
 * Tokens that were verified lately. A backend sends the same token with each of its requests, and verifying it costs as much as most
 * of what else a refused request does. A token is verified again after ten seconds, in case its key was withdrawn.
 */
import { LRUCache } from 'lru-cache';
import type { Principal } from '../core/access.ts';
import type { TokenVerifier } from './auth.ts';

const MAX_AGE_MS = 10_000;
/** Characters of all tokens kept; what is used least goes first. A principal takes about as much as its token. */
const MAX_CHARACTERS = 4 * 1_048_576;

export class VerifiedTokens {
  readonly #verifier: Pick<TokenVerifier, 'verify'>;
  readonly #known = new LRUCache<string, Principal>({
    ttl: MAX_AGE_MS,
    perf: performance,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, token) => token.length,
  });

  constructor(verifier: Pick<TokenVerifier, 'verify'>) {
    this.#verifier = verifier;
  }

  /** @throws HubError as `TokenVerifier.verify` does */
  async verify(token: string): Promise<Principal> {
    const known = this.#known.get(token);
    // The verifier says what is wrong with one that has expired.
    if (known && known.expiresAt > Date.now()) return known;
    const principal = await this.#verifier.verify(token);
    this.#known.set(token, principal);
    return principal;
  }
}
