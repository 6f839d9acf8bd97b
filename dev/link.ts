/**
 * A TCP proxy that can fail like a network.
 *
 * - `open`: forwards bytes
 * - `cut`: closes every connection and refuses new ones
 * - `blackhole`: keeps connections, accepts new ones, and drops every byte
 * - `halfOpen`: forwards bytes from the client and drops bytes from the service
 * - `delay`: holds each chunk for `delayMs`
 * - `throttle`: forwards `bytesPerSecond`, over all connections of the link
 *
 * A connection that lost bytes is destroyed when the link opens again, because a TCP stream has no gaps.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Buffered bytes of one direction of a connection at which the link stops reading. */
const MAX_BUFFERED_BYTES = 1_048_576;

export type LinkState =
  | { mode: 'open' | 'cut' | 'blackhole' | 'halfOpen' }
  | { mode: 'delay'; delayMs: number }
  | { mode: 'throttle'; bytesPerSecond: number };

interface ConnectionPair {
  client: Socket;
  service: Socket;
  hasLostBytes: boolean;
  /** Drops every byte, in every mode of the link. */
  isBlackholed: boolean;
}

export class Link {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #pairs = new Set<ConnectionPair>();
  #state: LinkState = { mode: 'open' };
  #port = 0;
  #lostBytes = 0;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#accept(client));
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

  /** Bytes that were received and not forwarded. */
  get lostBytes(): number {
    return this.#lostBytes;
  }

  async set(state: LinkState): Promise<void> {
    this.#state = state;
    if (state.mode === 'cut') {
      await this.#stopListening();
      return;
    }
    if (!this.#server.listening) await this.#listen();
    for (const pair of this.#pairs) if (pair.hasLostBytes) destroyPair(pair);
  }

  /** Closes the current connections; new ones work. */
  reset(): void {
    for (const pair of this.#pairs) destroyPair(pair);
  }

  /** Drops every byte of the current connections; new ones work. */
  blackholeConnections(): void {
    for (const pair of this.#pairs) pair.isBlackholed = true;
  }

  /** Half-closes every connection, like a peer that has finished sending. */
  halfClose(): void {
    for (const { service } of this.#pairs) service.end();
  }

  async close(): Promise<void> {
    this.#state = { mode: 'cut' };
    await this.#stopListening();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #stopListening(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    if (closed) this.#server.close();
    this.reset();
    await closed;
  }

  #accept(client: Socket): void {
    const service = connect({ port: this.#target(), host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const pair: ConnectionPair = { client, service, hasLostBytes: false, isBlackholed: false };
    this.#pairs.add(pair);
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      socket.on('error', () => destroyPair(pair));
      socket.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    this.#pipe(pair, client, service, 'up');
    this.#pipe(pair, service, client, 'down');
  }

  #pipe(pair: ConnectionPair, from: Socket, to: Socket, direction: 'up' | 'down'): void {
    let buffered = 0;
    let tail: Promise<void> = Promise.resolve();
    const forward = async (chunk: Buffer, due: number): Promise<void> => {
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      if (this.#state.mode === 'throttle') {
        await sleep((chunk.length / this.#state.bytesPerSecond) * 1_000);
      }
      buffered -= chunk.length;
      if (from.isPaused() && buffered < MAX_BUFFERED_BYTES) from.resume();
      const { mode } = this.#state;
      if (pair.isBlackholed || mode === 'blackhole' || (mode === 'halfOpen' && direction === 'down')) {
        pair.hasLostBytes = true;
        this.#lostBytes += chunk.length;
      } else if (!to.destroyed && !to.write(chunk))
        await Promise.race([once(to, 'drain'), once(to, 'close')]);
    };
    from.on('data', (chunk: Buffer) => {
      buffered += chunk.length;
      if (buffered >= MAX_BUFFERED_BYTES) from.pause();
      const due = performance.now() + (this.#state.mode === 'delay' ? this.#state.delayMs : 0);
      tail = tail.then(() => forward(chunk, due)).catch(() => destroyPair(pair));
    });
    from.on('end', () => {
      tail = tail.then(() => void to.end());
    });
  }
}

function destroyPair({ client, service }: ConnectionPair): void {
  client.destroy();
  service.destroy();
}
