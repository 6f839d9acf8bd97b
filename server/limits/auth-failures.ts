/**
 * Rate limit for failed tokens, by address. An address with too many failures is **blocked**: the gateway does not verify its
 * tokens. Gateways share the count in Redis. A gateway detects that an address is blocked at the next failure it records itself.
 */
import { type HubError, rateLimited } from '../../core/errors.ts';
import type { Now } from '../../core/ports/bus.ts';
import type { SharedRate } from '../../infra/redis/rates.ts';
import { addressGroup } from '../client-address.ts';

/** Maximum of blocked addresses in memory. Beyond it, the oldest entry is evicted, and its tokens are verified again. */
const MAX_BLOCKED = 20_000;

export class AuthFailures {
  readonly #rate: SharedRate;
  readonly #onRejected: () => void;
  readonly #now: Now;
  /** When each block ends (ms), in the order of blocking. */
  readonly #blocked = new Map<string, number>();

  /** `onRejected` is called for each token that is rejected without verification. */
  constructor(rate: SharedRate, onRejected: () => void, now: Now = Date.now) {
    this.#rate = rate;
    this.#onRejected = onRejected;
    this.#now = now;
  }

  /** Call this before verifying a token. @throws HubError rate_limited */
  check(address: string): void {
    const group = addressGroup(address);
    const left = (this.#blocked.get(group) ?? 0) - this.#now();
    if (left > 0) {
      this.#onRejected();
      throw blockedError(left);
    }
    this.#blocked.delete(group);
  }

  /** Call this when a token was rejected. */
  async record(address: string): Promise<void> {
    const group = addressGroup(address);
    const { capacity, seconds } = this.#rate.bucket;
    const taken = await this.#rate.take(group, 1);
    if (taken.isTaken && taken.left >= 1) return;
    const blockMs = taken.isTaken ? (seconds * 1_000) / capacity : taken.retryAfterMs;
    this.#blocked.delete(group);
    this.#blocked.set(group, this.#now() + blockMs);
    const [oldest] = this.#blocked.keys();
    if (this.#blocked.size > MAX_BLOCKED && oldest !== undefined) this.#blocked.delete(oldest);
  }
}

const blockedError = (retryAfterMs: number): HubError =>
  rateLimited('too many tokens from this address were rejected', retryAfterMs);
