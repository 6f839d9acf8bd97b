/** The unsent output of a connection. It grows by pushes and responses if the client does not read. */
import { WebSocket } from 'ws';
import {
  createUnsentOutput,
  MIN_COUNTED_BYTES,
  type Receiver,
  type UnsentOutput,
} from '../limits/byte-budget.ts';
import type { HubSocket } from './types.ts';

export type Connection = HubSocket['conn'];

/** Maximum of unsent bytes of one client. Beyond it, the gateway pushes nothing more and starts no call of the client. */
export const MAX_UNSENT_BYTES = 1_048_576;
/** Maximum of unsent packets of one client, because each has a memory overhead. */
const MAX_PACKETS = 1_000;
/** How often unsent output is checked. Transports emit no event for it. */
const POLL_INTERVAL_MS = 100;

class Outbox implements Receiver {
  readonly #connection: Connection;
  readonly #unsent: UnsentOutput;
  /** Bytes that Engine.IO has not passed to its transport yet. */
  #queuedBytes = 0;
  #packets = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Created on first use, because most clients always read. */
  #onWritable: Set<() => void> | null = null;

  constructor(connection: Connection, unsent: UnsentOutput) {
    this.#connection = connection;
    this.#unsent = unsent;
    connection.on('packetCreate', (packet: { data?: unknown }) => {
      this.#queuedBytes += typeof packet.data === 'string' ? packet.data.length : 0;
      this.#packets += 1;
      const { bytes } = this;
      if (bytes < MIN_COUNTED_BYTES) return;
      this.#startPolling();
      this.#unsent.set(this, bytes);
    });
    connection.on('flush', () => {
      this.#queuedBytes = 0;
      this.#packets = 0;
    });
    connection.on('close', () => {
      this.#stopPolling();
      this.#unsent.set(this, 0);
      this.#runCallbacks();
    });
  }

  get bytes(): number {
    return this.#queuedBytes + (webSocketOf(this.#connection)?.bufferedAmount ?? 0);
  }

  get isFull(): boolean {
    return this.bytes > MAX_UNSENT_BYTES || this.#packets >= MAX_PACKETS;
  }

  /** Calls `run` once, when at most half of the limit is unsent, or when the connection closes. */
  onceWritable(run: () => void): void {
    this.#onWritable ??= new Set();
    this.#onWritable.add(run);
    this.#startPolling();
  }

  /** Resolves when the connection can take more output, or has closed. */
  untilWritable(): Promise<void> {
    return this.isFull ? new Promise((resolve) => this.onceWritable(resolve)) : Promise.resolve();
  }

  discard(): void {
    webSocketOf(this.#connection)?.terminate();
    this.#connection.close(true);
  }

  #startPolling(): void {
    this.#timer ??= setInterval(() => this.#poll(), POLL_INTERVAL_MS);
  }

  #poll(): void {
    const { bytes } = this;
    this.#unsent.set(this, bytes < MIN_COUNTED_BYTES ? 0 : bytes);
    if (bytes <= MAX_UNSENT_BYTES / 2 && this.#packets < MAX_PACKETS / 2) this.#runCallbacks();
    if (bytes < MIN_COUNTED_BYTES && !this.#onWritable?.size) this.#stopPolling();
  }

  #stopPolling(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  #runCallbacks(): void {
    for (const run of this.#onWritable ?? []) {
      this.#onWritable?.delete(run);
      run();
    }
  }
}

/** The outboxes by connection, created on first use. */
export class Outboxes {
  readonly #unsent: UnsentOutput;
  readonly #byConnection = new WeakMap<Connection, Outbox>();

  constructor(unsent: UnsentOutput = createUnsentOutput()) {
    this.#unsent = unsent;
  }

  get(connection: Connection): Outbox {
    const outbox = this.#byConnection.get(connection) ?? new Outbox(connection, this.#unsent);
    this.#byConnection.set(connection, outbox);
    return outbox;
  }
}

/** Returns the WebSocket that Engine.IO's transport stores as `socket`, or `null` for polling. */
export function webSocketOf({ transport }: Connection): WebSocket | null {
  const socket: unknown = transport ? Reflect.get(transport, 'socket') : null;
  return socket instanceof WebSocket ? socket : null;
}
