import type { Readers } from './readers.ts';

/** A reload per user in this time is enough; the last change is always followed by one. */
const TOGETHER_MS = 250;

/** Tells users' connections to reload, many changes at once. */
export class ResetPusher {
  readonly #readers: Readers;
  readonly #due = new Map<string, NodeJS.Timeout>();

  constructor(readers: Readers) {
    this.#readers = readers;
  }

  push(room: string): void {
    if (this.#due.has(room)) return;
    const ring = () => {
      this.#due.delete(room);
      for (const socket of this.#readers.of(room)) socket.emit('feed:reset', {});
    };
    this.#due.set(room, setTimeout(ring, TOGETHER_MS));
  }

  close(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }
}
