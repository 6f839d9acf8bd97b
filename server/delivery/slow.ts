import type { Outboxes } from '../sockets/outbox.ts';
import type { HubSocket } from '../sockets/types.ts';

/**
 * Clients that read slower than their feed changes. States: **keeping up**; **behind**, from the moment too many bytes or packets
 * wait for a client until it has read half of them, when it is told `feed:stale` and asks for what it was not sent.
 */
export class SlowClients {
  readonly #outboxes: Outboxes;
  readonly #behind = new WeakSet<HubSocket>();

  constructor(outboxes: Outboxes) {
    this.#outboxes = outboxes;
  }

  /** Whether the next push may be sent. */
  admit(socket: HubSocket): boolean {
    if (this.#behind.has(socket)) return false;
    const outbox = this.#outboxes.of(socket.conn);
    if (!outbox.isFull) return true;
    this.#behind.add(socket);
    outbox.whenRoomy(() => {
      this.#behind.delete(socket);
      socket.emit('feed:stale', {});
    });
    return false;
  }
}
