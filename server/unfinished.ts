/** What peers began to send and did not finish, at this gateway: bodies of requests and frames of WebSockets. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../protocol/limits.ts';
import { Holders } from './holders.ts';
import { lengthOf } from './http/body-length.ts';

/** Bytes of all that is unfinished; beyond that what was begun first is cut. */
const MAX_UNFINISHED = 64 * 1_048_576;

export type Unfinished = Holders<Socket>;

export const unfinishedInput = (): Unfinished => new Holders(MAX_UNFINISHED, (socket) => socket.destroy());

/** Counts a request's body until it was read. A connection carries one at a time. */
export function countBody(unfinished: Unfinished, request: IncomingMessage): void {
  // Without a length it may be as long as any.
  const bytes = Math.min(lengthOf(request) ?? limits.payload, limits.payload);
  if (bytes === 0 || request.complete) return;
  const { socket } = request;
  unfinished.set(socket, bytes);
  const done = () => unfinished.set(socket, 0);
  request.once('end', done).once('close', done);
}
