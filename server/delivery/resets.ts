import type { Recipients } from './recipients.ts';

/** One reload per user and interval is enough. A reload always follows the last change. */
const DEBOUNCE_MS = 250;

export class ResetPusher {
  readonly #recipients: Recipients;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(recipients: Recipients) {
    this.#recipients = recipients;
  }

  push(room: string): void {
    if (this.#timers.has(room)) return;
    const fire = () => {
      this.#timers.delete(room);
      for (const socket of this.#recipients.socketsIn(room)) socket.emit('feed:reset', {});
    };
    this.#timers.set(room, setTimeout(fire, DEBOUNCE_MS));
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
