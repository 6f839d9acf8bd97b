/**
 * Serves HTTP-pipelined requests of a connection one at a time: the next starts when the previous response has been written to
 * the network. Otherwise a client that sends hundreds of requests and reads nothing would make the gateway buffer a response for
 * each. Also, Node.js does not report a closed connection to a request that waits behind others, so its resources would leak.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { MIN_COUNTED_BYTES, type UnsentOutput } from '../limits/byte-budget.ts';

/** Maximum of waiting requests of one connection; beyond it, the connection is closed. One read may contain over a thousand. */
const MAX_WAITING = 100;

interface ConnectionQueue {
  waiting: Array<() => void>;
  /** The connection is paused while requests wait. */
  isPaused: boolean;
}

/** Call this after all other request listeners have been added. */
export function serveSequentially(http: Server, unsent: UnsentOutput): void {
  const queues = new WeakMap<Socket, ConnectionQueue>();
  const listeners = http.listeners('request');
  http.removeAllListeners('request');
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const serve = (): void => {
      trackUnsentResponse(response, socket, unsent);
      response.once('close', () => next(socket));
      for (const listener of listeners) listener.call(http, request, response);
    };
    const queue = queues.get(socket);
    if (queue) return wait(socket, queue, serve);
    queues.set(socket, { waiting: [], isPaused: false });
    serve();
  });

  function wait(socket: Socket, queue: ConnectionQueue, serve: () => void): void {
    queue.waiting.push(serve);
    if (queue.waiting.length > MAX_WAITING) return void socket.destroy();
    queue.isPaused = true;
    socket.pause();
  }

  function next(socket: Socket): void {
    const queue = queues.get(socket);
    const serve = socket.destroyed ? undefined : queue?.waiting.shift();
    if (!queue || !serve) return void queues.delete(socket);
    // The body of the last request may not have arrived yet.
    if (queue.isPaused && queue.waiting.length === 0) {
      queue.isPaused = false;
      socket.resume();
    }
    serve();
  }
}

/** Counts a response as unsent output, from its end until it has been written to the network. */
function trackUnsentResponse(response: ServerResponse, socket: Socket, unsent: UnsentOutput): void {
  response.end = new Proxy(response.end, {
    apply(end, thisArg, args) {
      const ended: unknown = Reflect.apply(end, thisArg, args);
      if (response.writableLength < MIN_COUNTED_BYTES) return ended;
      const receiver = { discard: () => socket.destroy() };
      unsent.set(receiver, response.writableLength);
      response.once('close', () => unsent.set(receiver, 0));
      return ended;
    },
  });
}
