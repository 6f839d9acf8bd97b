/**
 * Spaces whose actions were rejected a moment ago because the backlog is full (`overloaded`). The full check costs as much as
 * accepting the actions, so a large payload of such a space is rejected before it is read. This works like a circuit breaker:
 *
 *     closed      no recent rejection
 *     open        for REJECT_MS after the last rejection, payloads of at least the rejected size are rejected early
 *     half-open   then one payload gets the full check as a probe; the others are rejected for another REJECT_MS
 *
 * The circuit closes as soon as one payload is accepted, so free capacity is found within REJECT_MS.
 */
import { LRUCache } from 'lru-cache';
import { HubError, overloaded } from '../../core/errors.ts';

const REJECT_MS = 250;
/** Random extra share of the retry delay, so that clients do not all retry at once. */
const JITTER = 0.25;
/** A smaller payload costs little more than its rejection, and may fit where a large one did not. */
const MIN_BYTES = 4_096;
/** Maximum of spaces in memory. Beyond it, the least recently used is evicted. */
const MAX_SPACES = 1_000;

interface RecentRejection {
  /** Size of the smallest payload rejected since the circuit was last closed. */
  bytes: number;
  until: number;
  message: string;
  retryAfterMs: number;
}

export class Overloads {
  readonly #spaces = new LRUCache<string, RecentRejection>({ max: MAX_SPACES });
  readonly #now: () => number;
  readonly #random: () => number;

  constructor(now: () => number = () => performance.now(), random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** Returns true if a payload of this size may be rejected early, unless it repeats an accepted one. */
  mayReject(space: string, bytes: number): boolean {
    const rejection = this.#spaces.get(space);
    return rejection !== undefined && bytes >= Math.max(MIN_BYTES, rejection.bytes);
  }

  /** @throws HubError overloaded */
  check(space: string, bytes: number): void {
    const rejection = this.#spaces.get(space);
    if (!rejection || !this.mayReject(space, bytes)) return;
    const now = this.#now();
    if (now < rejection.until) {
      throw overloaded(rejection.message, Math.ceil(rejection.retryAfterMs * (1 + JITTER * this.#random())));
    }
    rejection.until = now + REJECT_MS;
  }

  recordAccepted(space: string): void {
    this.#spaces.delete(space);
  }

  /** Records that a payload was rejected for any reason. `bytes` is `null` if its size is unknown. */
  recordFailed(space: string, bytes: number | null, error: unknown): void {
    if (bytes === null) return;
    if (!(error instanceof HubError && error.code === 'overloaded' && error.retryAfterMs !== undefined))
      return;
    this.#spaces.set(space, {
      bytes: Math.min(bytes, this.#spaces.get(space)?.bytes ?? bytes),
      until: this.#now() + REJECT_MS,
      message: error.message,
      retryAfterMs: error.retryAfterMs,
    });
  }
}
