/**
 * The bridge's TCP server. Like MongoDB, it handles the requests of a socket one after another; sockets are independent.
 * If more data arrives during a request, the socket is paused until the reply: a client that sends too fast fills its own
 * buffers. Other sockets are read during a request, so that the bridge notices when they close.
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
    // The peer has closed the connection: no reply is possible.
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
  const disconnected = new AbortController();
  setMaxListeners(0, disconnected.signal);
  socket.once('close', () => disconnected.abort());
  let busy = false;

  async function processRequests(): Promise<void> {
    busy = true;
    try {
      for (let message = reader.next(); message && !socket.destroyed; message = reader.next()) {
        const request = parseRequest(message);
        const document = await router.handle(request, disconnected.signal);
        if (request.silent) continue;
        const isStreamed = router.isStreamed(request);
        socket.write(encodeReply(request, document, isStreamed));
        if (isStreamed) await stream(request);
      }
    } catch {
      // Not MongoDB's protocol, or too large: the rest of the stream cannot be parsed.
      socket.destroy();
    }
    busy = false;
    socket.resume();
  }

  /** Replies to one request until the peer closes the connection. It keeps reading to notice that. */
  async function stream(request: Request): Promise<void> {
    socket.resume();
    while (!socket.destroyed) {
      const document = await router.handle(request, disconnected.signal);
      if (!socket.destroyed) socket.write(encodeReply(request, document, true));
    }
  }

  socket.on('data', (chunk) => {
    reader.push(chunk);
    if (busy) socket.pause();
    else void processRequests();
  });
}
