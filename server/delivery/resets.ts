import type { HubServer } from '../sockets/types.ts';

/** A reload per user in this time is enough; the last change is always followed by one. */
const TOGETHER_MS = 250;

/** Tells users' connections to reload, many changes at once. */
export class ResetPusher {
  readonly #io: HubServer;
  readonly #due = new Map<string, NodeJS.Timeout>();

  constructor(io: HubServer) {
    this.#io = io;
  }

  push(room: string): void {
    if (this.#due.has(room)) return;
    const ring = () => {
      this.#due.delete(room);
      this.#io.to(room).emit('feed:reset', {});
    };
    this.#due.set(room, setTimeout(ring, TOGETHER_MS));
  }

  close(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }
}
