/** Memory limit for incomplete input of this gateway: request bodies and WebSocket frames that have not fully arrived. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../protocol/limits.ts';
import { ByteBudget } from './byte-budget.ts';
import { lengthOf } from './http/body-length.ts';

/** Maximum bytes of all incomplete input. Beyond it, the oldest connections are closed. */
const MAX_INCOMPLETE_BYTES = 64 * 1_048_576;

export type IncompleteInput = ByteBudget<Socket>;

export const createIncompleteInput = (): IncompleteInput =>
  new ByteBudget(MAX_INCOMPLETE_BYTES, (socket) => socket.destroy());

/** Counts a request's body until it is read. A connection carries one body at a time. */
export function trackBody(incompleteInput: IncompleteInput, request: IncomingMessage): void {
  // A body of unknown length counts with the maximum length.
  const bytes = Math.min(lengthOf(request) ?? limits.payload, limits.payload);
  if (bytes === 0 || request.complete) return;
  const { socket } = request;
  incompleteInput.set(socket, bytes);
  const done = () => incompleteInput.set(socket, 0);
  request.once('end', done).once('close', done);
}
