/** What peers began to send and did not finish, at this gateway: bodies of requests and frames of WebSockets. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../protocol/limits.ts';
import { Holders } from './holders.ts';

/** Bytes of all that is unfinished; beyond that what was begun first is cut. */
const MAX_UNFINISHED = 64 * 1_048_576;

export type Unfinished = Holders<Socket>;

export const unfinishedInput = (): Unfinished => new Holders(MAX_UNFINISHED, (socket) => socket.destroy());

/** Bytes a body may come to have. Without a length, or compressed, it may be as long as any. */
function expected({ headers }: IncomingMessage): number {
  const length = Number(headers['content-length'] ?? (headers['transfer-encoding'] ? Infinity : 0));
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  return length > 0 ? Math.min(isPlain ? length : Infinity, limits.payload) : 0;
}

/** Counts a request's body until it was read. A connection carries one at a time. */
export function countBody(unfinished: Unfinished, request: IncomingMessage): void {
  const bytes = expected(request);
  if (bytes === 0 || request.complete) return;
  const { socket } = request;
  unfinished.set(socket, bytes);
  const done = () => unfinished.set(socket, 0);
  request.once('end', done).once('close', done);
}
