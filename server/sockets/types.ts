import type { Server, Socket } from 'socket.io';
import type { Principal } from '../../core/access.ts';
import type { ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';

export interface SocketData {
  principal: Principal;
  /** BCP 47, from the handshake. */
  locale?: string;
  /** Where the connection comes from, as far as it is known. */
  peer?: { address: string; agent: string | null };
}

type Nothing = Record<string, never>;
export type HubServer = Server<ClientToServerEvents, ServerToClientEvents, Nothing, SocketData>;
export type HubSocket = Socket<ClientToServerEvents, ServerToClientEvents, Nothing, SocketData>;

/** The room of a user's connections at this gateway. A space holds no slash, so rooms never meet. */
export const roomOf = (space: string, user: string): string => `${space}/${user}`;
