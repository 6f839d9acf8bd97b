import type { Server, Socket } from 'socket.io';
import type { Principal } from '../../core/access/principal.ts';
import type { ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';

interface SocketData {
  principal: Principal;
  /** BCP 47, from the handshake. */
  locale?: string;
  peer?: { address: string; agent: string | null };
}

type NoEvents = Record<string, never>;
export type HubServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;
export type HubSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;

/** The room of a user's connections at this gateway. Space names contain no slash, so names cannot collide. */
export const roomOf = (space: string, user: string): string => `${space}/${user}`;
