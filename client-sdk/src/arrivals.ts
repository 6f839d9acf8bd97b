import type { Socket } from 'socket.io-client';
import type { ServerToClientEvents } from '../../protocol/sockets.ts';

/** What a socket tells without having been asked: the hub's pushes, and how the connection goes. */
export interface Arrivals extends ServerToClientEvents {
  connect: () => void;
  disconnect: (reason: string) => void;
  connect_error: (error: Error) => void;
}

/** Calls the handlers until the function it answers is called. */
export function listen(socket: Pick<Socket, 'on' | 'off'>, handlers: Partial<Arrivals>): () => void {
  const each = (method: 'on' | 'off'): void => {
    for (const [event, handler] of Object.entries(handlers)) socket[method](event, handler);
  };
  each('on');
  return () => each('off');
}
