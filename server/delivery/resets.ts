import { encodeEvent } from '../sockets/encoded-event.ts';
import { roomOf } from '../sockets/types.ts';
import type { Recipients } from './recipients.ts';

/** One reload per user and interval is enough. A reload always follows the last change. */
const DEBOUNCE_MS = 250;

const reset = encodeEvent('feed:reset', {});

export class ResetPusher {
  readonly #recipients: Recipients;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(recipients: Recipients) {
    this.#recipients = recipients;
  }

  push(space: string, user: string): void {
    const room = roomOf(space, user);
    if (this.#timers.has(room)) return;
    const fire = () => {
      this.#timers.delete(room);
      this.#recipients.push(space, user, 'feed:reset', () => reset);
    };
    this.#timers.set(room, setTimeout(fire, DEBOUNCE_MS));
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
