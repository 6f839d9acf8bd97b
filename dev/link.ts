/**
 * A TCP proxy between two parties that can misbehave like a network.
 *
 * - `open`: passes bytes on as they come
 * - `cut`: closes every connection and refuses new ones
 * - `blackhole`: keeps connections, accepts new ones, and loses every byte
 * - `halfOpen`: bytes from the client still arrive; bytes from the service are lost
 * - `delay`: holds each chunk for `delayMs`
 * - `throttle`: passes `bytesPerSecond` on, over all connections of the link
 *
 * A connection that lost bytes is destroyed when the link opens again: its stream has a hole, and TCP has none.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes of one direction of a connection that wait in the link before it stops reading. */
const MAX_HELD = 1_048_576;

export type LinkState =
  | { mode: 'open' | 'cut' | 'blackhole' | 'halfOpen' }
  | { mode: 'delay'; delayMs: number }
  | { mode: 'throttle'; bytesPerSecond: number };

interface Pair {
  client: Socket;
  service: Socket;
  isBroken: boolean;
  /** Loses every byte, whatever the link does. */
  isLost: boolean;
}

export class Link {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #pairs = new Set<Pair>();
  #state: LinkState = { mode: 'open' };
  #port = 0;
  #lostBytes = 0;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#join(client));
  }

  /** `target` returns the service's port on 127.0.0.1 and is called for each connection. */
  static async to(target: () => number): Promise<Link> {
    const link = new Link(target);
    await link.#listen();
    return link;
  }

  get port(): number {
    return this.#port;
  }

  /** Bytes that arrived here and were not passed on. */
  get lostBytes(): number {
    return this.#lostBytes;
  }

  async set(state: LinkState): Promise<void> {
    this.#state = state;
    if (state.mode === 'cut') {
      await this.#refuse();
      return;
    }
    if (!this.#server.listening) await this.#listen();
    for (const pair of this.#pairs) if (pair.isBroken) end(pair);
  }

  /** Closes every connection once; new ones are served. */
  reset(): void {
    for (const pair of this.#pairs) end(pair);
  }

  /** Loses every byte of the connections of now; new ones are served. */
  lose(): void {
    for (const pair of this.#pairs) pair.isLost = true;
  }

  /** Ends one direction of every connection, as a peer does that sends no more. */
  halfClose(): void {
    for (const { service } of this.#pairs) service.end();
  }

  async close(): Promise<void> {
    this.#state = { mode: 'cut' };
    await this.#refuse();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #refuse(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    if (closed) this.#server.close();
    this.reset();
    await closed;
  }

  #join(client: Socket): void {
    const service = connect({ port: this.#target(), host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair: Pair = { client, service, isBroken: false, isLost: false };
    this.#pairs.add(pair);
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      socket.on('error', () => end(pair));
      socket.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    this.#pass(pair, client, service, 'up');
    this.#pass(pair, service, client, 'down');
  }

  #pass(pair: Pair, from: Socket, to: Socket, direction: 'up' | 'down'): void {
    let held = 0;
    let last: Promise<void> = Promise.resolve();
    const forward = async (chunk: Buffer, due: number): Promise<void> => {
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      if (this.#state.mode === 'throttle') {
        await sleep((chunk.length / this.#state.bytesPerSecond) * 1_000);
      }
      held -= chunk.length;
      if (from.isPaused() && held < MAX_HELD) from.resume();
      const { mode } = this.#state;
      if (pair.isLost || mode === 'blackhole' || (mode === 'halfOpen' && direction === 'down')) {
        pair.isBroken = true;
        this.#lostBytes += chunk.length;
      } else if (!to.destroyed && !to.write(chunk))
        await Promise.race([once(to, 'drain'), once(to, 'close')]);
    };
    from.on('data', (chunk: Buffer) => {
      held += chunk.length;
      if (held >= MAX_HELD) from.pause();
      const due = performance.now() + (this.#state.mode === 'delay' ? this.#state.delayMs : 0);
      last = last.then(() => forward(chunk, due)).catch(() => end(pair));
    });
    from.on('end', () => {
      last = last.then(() => void to.end());
    });
  }
}

function end({ client, service }: Pair): void {
  client.destroy();
  service.destroy();
}
