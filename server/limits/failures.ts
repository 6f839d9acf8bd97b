/**
 * Failed tokens by address. An address is **known** while it has failures, and **blocked** once it had too many: then its tokens
 * are not even verified. Gateways share the count, and each learns that an address is blocked by the next
 * failure it sees itself.
 */
import { type HubError, rateLimited } from '../../core/errors.ts';
import type { Now } from '../../core/ports/bus.ts';
import type { SharedRate } from '../../infra/redis/rates.ts';
import { addressGroup } from '../client-address.ts';

/** Addresses remembered as blocked; of more, the one blocked longest ago is verified again. */
const MAX_BLOCKED = 20_000;

export class Failures {
  readonly #rate: SharedRate;
  readonly #refused: () => void;
  readonly #now: Now;
  /** Until when, in the order in which they were blocked. */
  readonly #blocked = new Map<string, number>();

  /** `refused`: called for each token that is not verified. */
  constructor(rate: SharedRate, refused: () => void, now: Now = Date.now) {
    this.#rate = rate;
    this.#refused = refused;
    this.#now = now;
  }

  /** To be called before a token is verified. @throws HubError rate_limited */
  check(address: string): void {
    const group = addressGroup(address);
    const left = (this.#blocked.get(group) ?? 0) - this.#now();
    if (left > 0) {
      this.#refused();
      throw refusal(left);
    }
    this.#blocked.delete(group);
  }

  /** To be called when a token was refused. */
  async note(address: string): Promise<void> {
    const group = addressGroup(address);
    const { capacity, seconds } = this.#rate.bucket;
    const taken = await this.#rate.take(group, 1);
    if (taken.isTaken && taken.left >= 1) return;
    const forMs = taken.isTaken ? (seconds * 1_000) / capacity : taken.retryAfterMs;
    this.#blocked.delete(group);
    this.#blocked.set(group, this.#now() + forMs);
    const [oldest] = this.#blocked.keys();
    if (this.#blocked.size > MAX_BLOCKED && oldest !== undefined) this.#blocked.delete(oldest);
  }
}

const refusal = (retryAfterMs: number): HubError =>
  rateLimited('too many tokens from this address were refused', retryAfterMs);
