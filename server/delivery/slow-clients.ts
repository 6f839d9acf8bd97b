import type { Outboxes } from '../sockets/outbox.ts';
import type { HubSocket } from '../sockets/types.ts';

/**
 * Applies backpressure to clients that read slower than their feed changes. A client is **behind** from the moment its outbox is
 * full until half of it is sent. Then it gets `feed:stale` and requests the skipped changes.
 */
export class SlowClients {
  readonly #outboxes: Outboxes;
  readonly #behind = new WeakSet<HubSocket>();

  constructor(outboxes: Outboxes) {
    this.#outboxes = outboxes;
  }

  /** Returns true if the next push may be sent. */
  checkBackpressure(socket: HubSocket): boolean {
    if (this.#behind.has(socket)) return false;
    const outbox = this.#outboxes.get(socket.conn);
    if (!outbox.isFull) return true;
    this.#behind.add(socket);
    outbox.onceWritable(() => {
      this.#behind.delete(socket);
      socket.emit('feed:stale', {});
    });
    return false;
  }
}
