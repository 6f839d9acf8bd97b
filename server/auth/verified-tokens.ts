/**
 * A cache of verified tokens. A backend sends the same token with each request, and verification would be most of the cost of a
 * rejected request. A token is verified again after ten seconds, in case its key was revoked.
 */
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../core/access/principal.ts';
import type { TokenVerifier } from './token-verifier.ts';

const MAX_AGE_MS = 10_000;
/** Approximate maximum bytes of the cache. Beyond it, the least recently used token is evicted. */
const MAX_BYTES = 16 * 1_048_576;
/** Estimates the memory of a token and its principal, which has a set entry for each object and verb in the token. */
const bytesOf = (token: string): number => 2_048 + 16 * token.length;

export class VerifiedTokens {
  readonly #verifier: Pick<TokenVerifier, 'verify'>;
  /** Runs while there are tokens. Otherwise a token would stay in memory until others take its place. */
  #purge: NodeJS.Timeout | null = null;
  readonly #cache = new LRUCache<string, Principal>({
    ttl: MAX_AGE_MS,
    perf: performance,
    maxSize: MAX_BYTES,
    sizeCalculation: (_, token) => bytesOf(token),
  });

  constructor(verifier: Pick<TokenVerifier, 'verify'>) {
    this.#verifier = verifier;
  }

  /** @throws HubError like `TokenVerifier.verify` */
  async verify(token: string): Promise<Principal> {
    const cached = this.#cache.get(token);
    // The verifier throws the right error for an expired token.
    if (cached && cached.expiresAt > Date.now()) return cached;
    const principal = await this.#verifier.verify(token);
    this.#cache.set(token, principal);
    this.#schedulePurge();
    return principal;
  }

  get size(): number {
    return this.#cache.size;
  }

  #schedulePurge(): void {
    this.#purge ??= setTimeout(() => {
      this.#purge = null;
      this.#cache.purgeStale();
      if (this.#cache.size > 0) this.#schedulePurge();
    }, MAX_AGE_MS).unref();
  }
}
