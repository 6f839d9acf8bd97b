/**
 * The bridge's TCP server. Requests of one socket are answered one after another, as MongoDB does; sockets are
 * independent of each other. A socket on which more arrives while a request is being answered is not read until then, so that a
 * client which sends faster than it is answered fills its own buffers, not ours. Others are, which tells when they close.
 */
import { setMaxListeners } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Router } from './router.ts';
import { encodeReply, MessageReader, parseRequest, type Request } from './wire.ts';

export interface BridgeServer {
  port: number;
  close(): Promise<void>;
}

export function listen(router: Router, host: string, port: number): Promise<BridgeServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The peer went away: there is nobody to tell.
    socket.on('error', () => socket.destroy());
    serve(socket, router);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address ? address.port : port,
        async close() {
          const closed = new Promise<void>((done) => server.close(() => done()));
          for (const socket of sockets) socket.destroy();
          await closed;
        },
      });
    });
  });
}

function serve(socket: Socket, router: Router): void {
  const reader = new MessageReader();
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  socket.once('close', () => gone.abort());
  let busy = false;

  async function drain(): Promise<void> {
    busy = true;
    try {
      for (let message = reader.next(); message && !socket.destroyed; message = reader.next()) {
        const request = parseRequest(message);
        const document = await router.answer(request, gone.signal);
        if (request.silent) continue;
        const streams = router.isStreamed(request);
        socket.write(encodeReply(request, document, streams));
        if (streams) await stream(request);
      }
    } catch {
      // Not the protocol, or beyond its limits: after that the stream can't be understood any more.
      socket.destroy();
    }
    busy = false;
    socket.resume();
  }

  /** Replies to one request until the peer closes the connection, which is read so that this is noticed. */
  async function stream(request: Request): Promise<void> {
    socket.resume();
    while (!socket.destroyed) {
      const document = await router.answer(request, gone.signal);
      if (!socket.destroyed) socket.write(encodeReply(request, document, true));
    }
  }

  socket.on('data', (chunk) => {
    reader.push(chunk);
    if (busy) socket.pause();
    else void drain();
  });
}
