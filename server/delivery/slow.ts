import type { HubSocket } from '../sockets/types.ts';

/** Pushes that may wait for a client to read; beyond that it is told to catch up instead. */
const MOST_WAITING = 1_000;

/**
 * Clients that read slower than their feed changes. States: **keeping up**; **behind**, from the moment too much
 * waits until all of that is read, when the client is told `feed:stale` and asks for what it was not sent.
 */
export class SlowClients {
  readonly #behind = new WeakSet<HubSocket>();

  /** Whether to leave this push out. */
  isBehind(socket: HubSocket): boolean {
    if (this.#behind.has(socket)) return true;
    if (socket.conn.writeBuffer.length < MOST_WAITING) return false;
    this.#behind.add(socket);
    socket.conn.once('drain', () => {
      this.#behind.delete(socket);
      socket.emit('feed:stale', {});
    });
    return true;
  }
}
