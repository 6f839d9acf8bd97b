/** Shared limits of this gateway on bytes that its connections hold in memory. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../../protocol/limits.ts';
import { lengthOf } from '../http/request-input.ts';

/** Maximum bytes of incomplete request bodies and WebSocket frames. Beyond it, the oldest connections are closed. */
const MAX_INCOMPLETE_BYTES = 64 * 1_048_576;
/** Maximum bytes of unsent pushes and responses. Beyond it, the clients that stalled first are disconnected. */
const MAX_UNSENT_BYTES = 64 * 1_048_576;
/** Less unsent output of a client is not counted: nearly every response and push is sent at once. */
export const MIN_COUNTED_BYTES = 65_536;

/** Tracks how many bytes each holder uses. */
class ByteBudget<T> {
  readonly #max: number;
  readonly #evict: (holder: T) => void;
  /** In the order in which the holders started to use bytes. */
  readonly #bytesByHolder = new Map<T, number>();
  #total = 0;

  /** `evict` frees the bytes of a holder by closing its connection. */
  constructor(maxBytes: number, evict: (holder: T) => void) {
    this.#max = maxBytes;
    this.#evict = evict;
  }

  /** Sets the bytes of a holder; 0 removes it. Beyond the limit the oldest holders are evicted: they are probably stalled. */
  set(holder: T, bytes: number): void {
    this.#total += bytes - (this.#bytesByHolder.get(holder) ?? 0);
    if (bytes === 0) this.#bytesByHolder.delete(holder);
    else this.#bytesByHolder.set(holder, bytes);
    while (this.#total > this.#max) {
      const [oldest] = this.#bytesByHolder.keys();
      if (oldest === undefined) return;
      this.set(oldest, 0);
      this.#evict(oldest);
    }
  }
}

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

export interface Receiver {
  /** Closes the connection at once and discards its unsent output. */
  discard(): void;
}

export type UnsentOutput = ByteBudget<Receiver>;

export const createUnsentOutput = (): UnsentOutput =>
  new ByteBudget(MAX_UNSENT_BYTES, (receiver) => receiver.discard());
