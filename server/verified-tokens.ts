/**
 * Tokens that were verified lately. A backend sends the same token with each of its requests, and verifying it costs as much as most
 * of what else a refused request does. A token is verified again after ten seconds, in case its key was
 * withdrawn.
 */
import { LRUCache } from 'lru-cache';
import type { Principal } from '../core/access.ts';
import type { TokenVerifier } from './auth.ts';

const MAX_AGE_MS = 10_000;
/** Bytes of all that is kept, about; beyond that the token used longest ago is forgotten. */
const MAX_BYTES = 16 * 1_048_576;
/** What a token takes with its principal, which holds a set entry for each object and verb that the token names. */
const bytesOf = (token: string): number => 2_048 + 16 * token.length;

export class VerifiedTokens {
  readonly #verifier: Pick<TokenVerifier, 'verify'>;
  readonly #known = new LRUCache<string, Principal>({
    ttl: MAX_AGE_MS,
    perf: performance,
    maxSize: MAX_BYTES,
    sizeCalculation: (_, token) => bytesOf(token),
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
