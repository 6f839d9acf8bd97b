/** Which connections of a user are pushed to: none that is behind (see `SlowClients`). */
import type { HubServer, HubSocket } from '../sockets/types.ts';
import type { SlowClients } from './slow.ts';

export class Readers {
  readonly #io: HubServer;
  readonly #slow: SlowClients;

  constructor(io: HubServer, slow: SlowClients) {
    this.#io = io;
    this.#slow = slow;
  }

  /** Whether anybody is in the room at this gateway. */
  isIn(room: string): boolean {
    return this.#io.of('/').adapter.rooms.has(room);
  }

  /** Those of a room. Each is to be pushed to once. */
  *of(room: string): Generator<HubSocket> {
    const { adapter, sockets } = this.#io.of('/');
    for (const id of adapter.rooms.get(room) ?? []) {
      const socket = sockets.get(id);
      if (socket && this.#slow.admit(socket)) yield socket;
    }
  }

  *all(): Generator<HubSocket> {
    for (const socket of this.#io.of('/').sockets.values()) {
      if (this.#slow.admit(socket)) yield socket;
    }
  }
}
