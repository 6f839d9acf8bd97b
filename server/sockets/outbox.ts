/**
 * What was written to a connection and not taken by the network yet. A peer that does not read makes it grow, by pushes and by
 * answers to its own calls.
 */
import { WebSocket } from 'ws';
import { COUNTED, type Receiver, type Unsent, unsentOutput } from '../unsent.ts';
import type { HubSocket } from './types.ts';

export type Connection = HubSocket['conn'];

/** Bytes that may wait for one client; beyond that nothing more is pushed to it and no call of it is begun. */
export const MAX_UNSENT = 1_048_576;
/** Packets that may wait for one client: each costs memory beside its bytes. */
const MAX_PACKETS = 1_000;
/** How often it is looked whether a client has caught up. Transports do not tell. */
const LOOK_MS = 100;

export class Outbox implements Receiver {
  readonly #connection: Connection;
  readonly #all: Unsent;
  /** Of what Engine.IO has not handed to its transport. */
  #queued = 0;
  #packets = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(connection: Connection, all: Unsent) {
    this.#connection = connection;
    this.#all = all;
    connection.on('packetCreate', (packet: { data?: unknown }) => {
      this.#queued += typeof packet.data === 'string' ? packet.data.length : 0;
      this.#packets += 1;
      this.#count();
    });
    connection.on('flush', () => {
      this.#queued = 0;
      this.#packets = 0;
    });
    connection.once('close', () => this.#closed());
  }

  get bytes(): number {
    return this.#queued + (webSocketOf(this.#connection)?.bufferedAmount ?? 0);
  }

  get isFull(): boolean {
    return this.bytes > MAX_UNSENT || this.#packets >= MAX_PACKETS;
  }

  /** Calls once as soon as at most half of the bound waits; also when the connection ends. */
  whenRoomy(run: () => void): void {
    this.#waiting.add(run);
    this.#watch();
  }

  /** Resolves when there is room for more, or the connection has ended. */
  roomy(): Promise<void> {
    return this.isFull ? new Promise((resolve) => this.whenRoomy(resolve)) : Promise.resolve();
  }

  /** Ends the connection at once, with all that waits for it. */
  discard(): void {
    webSocketOf(this.#connection)?.terminate();
    this.#connection.close(true);
  }

  #count(): void {
    const { bytes } = this;
    if (bytes < COUNTED) return;
    this.#watch();
    this.#all.set(this, bytes);
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    const { bytes } = this;
    this.#all.set(this, bytes < COUNTED ? 0 : bytes);
    if (bytes <= MAX_UNSENT / 2 && this.#packets < MAX_PACKETS / 2) this.#release();
    if (bytes >= COUNTED || this.#waiting.size > 0) return;
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  #closed(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    this.#all.set(this, 0);
    this.#release();
  }

  #release(): void {
    for (const run of this.#waiting) {
      this.#waiting.delete(run);
      run();
    }
  }
}

/** One outbox for each connection, made when it is first asked for. */
export class Outboxes {
  readonly #all: Unsent;
  readonly #byConnection = new WeakMap<Connection, Outbox>();

  constructor(all: Unsent = unsentOutput()) {
    this.#all = all;
  }

  of(connection: Connection): Outbox {
    const known = this.#byConnection.get(connection);
    if (known) return known;
    const outbox = new Outbox(connection, this.#all);
    this.#byConnection.set(connection, outbox);
    return outbox;
  }
}

/** The WebSocket of Engine.IO's transport of that name, which keeps it as `socket`; polling has none. */
export function webSocketOf({ transport }: Connection): WebSocket | null {
  const socket: unknown = transport ? Reflect.get(transport, 'socket') : null;
  return socket instanceof WebSocket ? socket : null;
}
