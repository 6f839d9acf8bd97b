import type { Socket } from 'socket.io-client';

/**
 * Connects the socket again after `delayMs` whenever a gateway refused or ended its connection. Socket.IO itself retries only
 * what the network did. Returns a function that disconnects the socket for the rest of the run.
 */
export function stayConnected(
  socket: Pick<Socket, 'active' | 'connect' | 'disconnect' | 'on'>,
  delayMs: number,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const retry = (): void => {
    if (isClosed || socket.active) return;
    clearTimeout(timer);
    timer = setTimeout(() => socket.connect(), delayMs);
  };
  socket.on('connect_error', retry);
  socket.on('disconnect', retry);
  return () => {
    isClosed = true;
    clearTimeout(timer);
    socket.disconnect();
  };
}
