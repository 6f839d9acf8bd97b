/** Pushes to the sockets of a user. Skips clients that are behind (see `SlowClients`). */
import type { ServerToClientEvents } from '../../protocol/sockets.ts';
import { type EncodedEvent, sendEncoded } from '../sockets/encoded-event.ts';
import { type HubServer, type HubSocket, roomOf } from '../sockets/types.ts';
import type { SlowClients } from './slow-clients.ts';

interface RecipientsDeps {
  io: HubServer;
  slowClients: SlowClients;
  /** Called for each push. `space` is that of the client. */
  onPushed: (event: keyof ServerToClientEvents, space: string) => void;
}

export class Recipients {
  readonly #deps: RecipientsDeps;

  constructor(deps: RecipientsDeps) {
    this.#deps = deps;
  }

  isConnected(space: string, user: string): boolean {
    return this.#deps.io.of('/').adapter.rooms.has(roomOf(space, user));
  }

  /** Returns up to `limit` users of the space that are connected to this gateway. */
  usersOf(space: string, limit: number): string[] {
    const users: string[] = [];
    const prefix = roomOf(space, '');
    // About 5 ms for 100,000 rooms. An index by space would cost each connection more.
    for (const room of this.#deps.io.of('/').adapter.rooms.keys()) {
      if (users.length >= limit) break;
      if (room.startsWith(prefix)) users.push(room.slice(prefix.length));
    }
    return users;
  }

  /**
   * Sends an event to the user's sockets, as `encode` returns it for each; none where it returns `null`. Returns false if the
   * user is not connected.
   */
  push(
    space: string,
    user: string,
    event: keyof ServerToClientEvents,
    encode: (socket: HubSocket) => EncodedEvent | null,
  ): boolean {
    const { adapter, sockets } = this.#deps.io.of('/');
    const ids = adapter.rooms.get(roomOf(space, user));
    if (!ids) return false;
    for (const id of ids) {
      const socket = sockets.get(id);
      if (socket) this.#send(socket, event, encode);
    }
    return true;
  }

  pushToAll(event: keyof ServerToClientEvents, encoded: EncodedEvent): void {
    for (const socket of this.#deps.io.of('/').sockets.values()) this.#send(socket, event, () => encoded);
  }

  /** Sends an event to all sockets of a space. */
  pushToSpace(space: string, event: keyof ServerToClientEvents, encoded: EncodedEvent): void {
    for (const socket of this.#deps.io.of('/').sockets.values())
      if (socket.data.principal.space === space) this.#send(socket, event, () => encoded);
  }

  #send(
    socket: HubSocket,
    event: keyof ServerToClientEvents,
    encode: (socket: HubSocket) => EncodedEvent | null,
  ): void {
    if (!this.#deps.slowClients.checkBackpressure(socket)) return;
    const encoded = encode(socket);
    if (!encoded) return;
    sendEncoded(socket, encoded);
    this.#deps.onPushed(event, socket.data.principal.space);
  }
}
