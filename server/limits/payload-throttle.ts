/**
 * Throttles large payloads. Reading one costs the event loop milliseconds before and after it is accepted: JSON for the garbage
 * collector, checks, a long command to Redis. So while other spaces have work at this gateway, large payloads are
 * read one after the other, at a pace that leaves half of the event loop to everything else (decision 45).
 */
import { overloaded } from '../../core/errors.ts';
import type { RecentSpaces } from '../../infra/recent-spaces.ts';
import { Pace } from '../pace.ts';

/** Bytes. A smaller payload costs little more than any call. */
const LARGE = 4_096;
/** However busy the event loop is, a payload is read after so many milliseconds. */
const MAX_WAIT_MS = 50;
/** Payloads of one space that wait. The last of them is usually read within five seconds. */
const MAX_WAITING = 250;
const RETRY_MS = 1_000;

export class PayloadThrottle {
  readonly #recent: RecentSpaces;
  readonly #pace: Pace;

  /** `recent`: the spaces that had work at this gateway. */
  constructor(recent: RecentSpaces, pace = new Pace(MAX_WAIT_MS)) {
    this.#recent = recent;
    this.#pace = pace;
  }

  /**
   * Waits until a payload of so many bytes may be read.
   * @throws HubError overloaded where too many of the space wait; the signal's reason where the client left first
   */
  async enter(space: string, bytes: number, signal: AbortSignal): Promise<void> {
    if (bytes < LARGE || !this.#recent.hasOther(space)) return;
    if (this.#pace.waiting(space) >= MAX_WAITING) {
      throw overloaded('too many large payloads of this space wait to be read; retry later', RETRY_MS);
    }
    await new Promise<void>((resolve, reject) => {
      this.#pace.enter(space, () => {
        if (signal.aborted) reject(signal.reason);
        else resolve();
        return !signal.aborted;
      });
    });
  }
}
