/** Selects the sockets that receive a push. Skips clients that are behind (see `SlowClients`). */
import type { HubServer, HubSocket } from '../sockets/types.ts';
import type { SlowClients } from './slow-clients.ts';

export class Recipients {
  readonly #io: HubServer;
  readonly #slowClients: SlowClients;

  constructor(io: HubServer, slowClients: SlowClients) {
    this.#io = io;
    this.#slowClients = slowClients;
  }

  hasSockets(room: string): boolean {
    return this.#io.of('/').adapter.rooms.has(room);
  }

  /** The sockets of a room that may be pushed to. Push to each at most once. */
  *socketsIn(room: string): Generator<HubSocket> {
    const { adapter, sockets } = this.#io.of('/');
    for (const id of adapter.rooms.get(room) ?? []) {
      const socket = sockets.get(id);
      if (socket && this.#slowClients.checkBackpressure(socket)) yield socket;
    }
  }

  *allSockets(): Generator<HubSocket> {
    for (const socket of this.#io.of('/').sockets.values()) {
      if (this.#slowClients.checkBackpressure(socket)) yield socket;
    }
  }
}
