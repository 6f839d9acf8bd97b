import type { HubSocket } from '../sockets/types.ts';

/** Pushes that may wait for a client to read; beyond that it is told to catch up instead. */
const MOST_WAITING = 1_000;

interface Client {
  /** Pushes since the transport last took all there was. */
  waiting: number;
  isBehind: boolean;
}

/**
 * Clients that read slower than their feed changes. States: **keeping up**; **behind**, from the moment too much
 * waits until the transport takes all of it, when the client is told `feed:stale` and asks for what it was not sent.
 */
export class SlowClients {
  readonly #clients = new WeakMap<HubSocket, Client>();

  /** Whether the next push may be sent; where it may, it counts as sent. */
  admit(socket: HubSocket): boolean {
    const client = this.#clients.get(socket) ?? this.#meet(socket);
    client.isBehind ||= client.waiting >= MOST_WAITING;
    if (!client.isBehind) client.waiting += 1;
    return !client.isBehind;
  }

  #meet(socket: HubSocket): Client {
    const client: Client = { waiting: 0, isBehind: false };
    this.#clients.set(socket, client);
    socket.conn.on('drain', () => {
      client.waiting = 0;
      if (!client.isBehind) return;
      client.isBehind = false;
      socket.emit('feed:stale', {});
    });
    return client;
  }
}
