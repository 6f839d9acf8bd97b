/**
 * Rate limit for failed tokens, by address. An address with too many failures is **blocked**: the gateway does not verify its
 * tokens. Gateways share the count in Redis. A gateway detects that an address is blocked at the next failure it records itself.
 */
import { LRUCache } from 'lru-cache';
import { rateLimited } from '../../core/errors.ts';
import type { SharedRate } from '../../infra/redis/rates.ts';
import { addressGroup } from '../limits/client-address.ts';

/** Maximum of blocked addresses in memory. Beyond it, the least recently used is evicted, and its tokens are verified again. */
const MAX_BLOCKED = 20_000;

export class AuthFailures {
  readonly #rate: SharedRate;
  readonly #onRejected: () => void;
  readonly #now: () => number;
  /** When each block ends (ms). */
  readonly #blocked = new LRUCache<string, number>({ max: MAX_BLOCKED });

  /** `onRejected` is called for each token that is rejected without verification. */
  constructor(rate: SharedRate, onRejected: () => void, now: () => number = Date.now) {
    this.#rate = rate;
    this.#onRejected = onRejected;
    this.#now = now;
  }

  /** Call this before verifying a token. @throws HubError rate_limited */
  check(address: string): void {
    const left = (this.#blocked.get(addressGroup(address)) ?? 0) - this.#now();
    if (left <= 0) return;
    this.#onRejected();
    throw rateLimited('too many tokens from this address were rejected', left);
  }

  async record(address: string): Promise<void> {
    const group = addressGroup(address);
    const { capacity, seconds } = this.#rate.bucket;
    const taken = await this.#rate.take(group, 1);
    if (taken.isTaken && taken.left >= 1) return;
    const blockMs = taken.isTaken ? (seconds * 1_000) / capacity : taken.retryAfterMs;
    this.#blocked.set(group, this.#now() + blockMs);
  }
}
