/**
 * Serves one request of a connection at a time: the next begins when the answer to the one before it was taken by the network.
 * A client that sends hundreds of requests at once and reads nothing would otherwise make the gateway hold an answer to
 * each. Node.js also never says of a request that waits behind others that its connection ended, so whatever was counted
 * for it would be counted for ever.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { COUNTED, type Unsent } from '../unsent.ts';

/** Requests of one connection that may wait; then it is closed. What arrives at once may hold more than a thousand. */
const MAX_WAITING = 100;

interface Line {
  waiting: Array<() => void>;
  /** While some wait nothing more is read from the connection. */
  isPaused: boolean;
}

/** To be called when everything else listens to the server. */
export function serveInTurn(http: Server, unsent: Unsent): void {
  const lines = new WeakMap<Socket, Line>();
  const listeners = http.listeners('request');
  http.removeAllListeners('request');
  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const serve = (): void => {
      countAnswer(response, socket, unsent);
      response.once('close', () => next(socket));
      for (const listener of listeners) listener.call(http, request, response);
    };
    const line = lines.get(socket);
    if (line) return wait(socket, line, serve);
    lines.set(socket, { waiting: [], isPaused: false });
    serve();
  });

  function wait(socket: Socket, line: Line, serve: () => void): void {
    line.waiting.push(serve);
    if (line.waiting.length > MAX_WAITING) return void socket.destroy();
    line.isPaused = true;
    socket.pause();
  }

  function next(socket: Socket): void {
    const line = lines.get(socket);
    const serve = socket.destroyed ? undefined : line?.waiting.shift();
    if (!line || !serve) return void lines.delete(socket);
    // Of the last one the body may be missing.
    if (line.isPaused && line.waiting.length === 0) {
      line.isPaused = false;
      socket.resume();
    }
    serve();
  }
}

/** Counts an answer among all that is unsent, from its end until the network took it. */
function countAnswer(response: ServerResponse, socket: Socket, unsent: Unsent): void {
  response.end = new Proxy(response.end, {
    apply(end, self, given) {
      const ended: unknown = Reflect.apply(end, self, given);
      if (response.writableLength < COUNTED) return ended;
      const receiver = { discard: () => socket.destroy() };
      unsent.set(receiver, response.writableLength);
      response.once('close', () => unsent.set(receiver, 0));
      return ended;
    },
  });
}
