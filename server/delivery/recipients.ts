/** Selects the sockets that receive a push. Skips clients that are behind (see `SlowClients`). */
import { type HubServer, type HubSocket, roomOf } from '../sockets/types.ts';
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

  /** Returns up to `limit` users of the space that are connected to this gateway. */
  usersOf(space: string, limit: number): string[] {
    const users: string[] = [];
    const prefix = roomOf(space, '');
    // About 5 ms for 100,000 rooms. An index by space would cost each connection more.
    for (const room of this.#io.of('/').adapter.rooms.keys()) {
      if (users.length >= limit) break;
      if (room.startsWith(prefix)) users.push(room.slice(prefix.length));
    }
    return users;
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
