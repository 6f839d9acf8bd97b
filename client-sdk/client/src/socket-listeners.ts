import type { Socket } from 'socket.io-client';
import type { ServerToClientEvents } from '../../../protocol/sockets.ts';

/** The events that a socket emits: the hub's pushes, and connection events. */
export interface SocketListeners extends ServerToClientEvents {
  connect: () => void;
  disconnect: (reason: string) => void;
  connect_error: (error: Error) => void;
}

/** Registers the handlers. Returns a function that unregisters them. */
export function listen(socket: Pick<Socket, 'on' | 'off'>, handlers: Partial<SocketListeners>): () => void {
  const applyToAll = (method: 'on' | 'off'): void => {
    for (const [event, handler] of Object.entries(handlers)) socket[method](event, handler);
  };
  applyToAll('on');
  return () => applyToAll('off');
}
