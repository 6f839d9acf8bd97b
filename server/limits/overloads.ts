/**
 * Spaces whose actions were refused a moment ago because too much waits (`overloaded`). To find that out costs as much as to
 * accept them, so a large payload of such a space is refused before it is read. A space is
 *
 *     open      nothing is known against it
 *     refused   for HOLD_MS from the last refusal; payloads of at least the refused size are refused early
 *     probed    after that: one payload goes all the way, the others are refused for HOLD_MS more
 *
 * and open again as soon as one payload is accepted. So room that comes free is found within HOLD_MS.
 */
import { HubError, overloaded } from '../../core/errors.ts';
import type { Now } from '../../core/ports/bus.ts';

const HOLD_MS = 250;
/** By how much longer some wait than others, so that they do not return at once. */
const SPREAD = 0.25;
/** Smaller payloads cost little more than their refusal, and may fit where a large one did not. */
const SMALLEST = 4_096;
/** Spaces remembered: of more, the one refused longest ago is forgotten. */
const MAX_SPACES = 1_000;

interface Refused {
  /** Of the smallest payload refused since the space was last open. */
  bytes: number;
  until: number;
  message: string;
  retryAfterMs: number;
}

export class Overloads {
  readonly #spaces = new Map<string, Refused>();
  readonly #now: Now;
  readonly #random: () => number;

  constructor(now: Now = () => performance.now(), random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** Whether a payload of this size should be refused early, unless it repeats one that was accepted. */
  mayRefuse(space: string, bytes: number): boolean {
    const refused = this.#spaces.get(space);
    return refused !== undefined && bytes >= Math.max(SMALLEST, refused.bytes);
  }

  /** @throws HubError overloaded */
  check(space: string, bytes: number): void {
    const refused = this.#spaces.get(space);
    if (!refused || !this.mayRefuse(space, bytes)) return;
    const now = this.#now();
    if (now < refused.until) {
      throw overloaded(refused.message, Math.ceil(refused.retryAfterMs * (1 + SPREAD * this.#random())));
    }
    refused.until = now + HOLD_MS;
  }

  /** A payload of the space was accepted. */
  accepted(space: string): void {
    this.#spaces.delete(space);
  }

  /** A payload of this size was refused for any reason; `null`: nobody knows its size. */
  failed(space: string, bytes: number | null, error: unknown): void {
    if (bytes === null) return;
    if (!(error instanceof HubError && error.code === 'overloaded' && error.retryAfterMs !== undefined))
      return;
    const known = this.#spaces.get(space);
    this.#spaces.delete(space);
    this.#spaces.set(space, {
      bytes: Math.min(bytes, known?.bytes ?? Number.POSITIVE_INFINITY),
      until: this.#now() + HOLD_MS,
      message: error.message,
      retryAfterMs: error.retryAfterMs,
    });
    const [oldest] = this.#spaces.keys();
    if (this.#spaces.size > MAX_SPACES && oldest !== undefined) this.#spaces.delete(oldest);
  }
}
