import { Duplex } from 'node:stream';
import { io, type Socket } from 'socket.io-client';
import type { Action, FeedItem } from '../../protocol/entities.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { CountsPush, ItemPush, MarkedPush, RemovedPush } from '../../protocol/sockets.ts';

type Ack<T> = { ok: true; data: T } | { ok: false; error: ErrorBody };

/** A plain Socket.IO client that records every push in order. */
export class TestSocket {
  readonly raw: Socket;
  readonly items: ItemPush[] = [];
  readonly counts: CountsPush[] = [];
  readonly marked: MarkedPush[] = [];
  readonly removed: RemovedPush[] = [];
  readonly watched: Array<{ watch: string; action: Action }> = [];
  readonly unwatched: Array<{ watch: string; ids: string[] }> = [];
  readonly otherEvents: string[] = [];

  private constructor(raw: Socket) {
    this.raw = raw;
    raw.on('feed:item', (push: ItemPush) => this.items.push(push));
    raw.on('watch:action', (push: { watch: string; action: Action }) => this.watched.push(push));
    raw.on('watch:removed', (push: { watch: string; ids: string[] }) => this.unwatched.push(push));
    raw.on('feed:counts', (push: CountsPush) => this.counts.push(push));
    raw.on('feed:marked', (push: MarkedPush) => this.marked.push(push));
    raw.on('feed:removed', (push: RemovedPush) => this.removed.push(push));
    for (const event of ['feed:stale', 'feed:reset', 'session:expired'])
      raw.on(event, () => this.otherEvents.push(event));
  }

  /** Rejects with the error body if the handshake is refused. */
  static async connect(
    url: string,
    token: string,
    auth: Record<string, unknown> = {},
    extraHeaders: Record<string, string> = {},
    transports: Array<'websocket' | 'polling'> = ['websocket'],
  ): Promise<TestSocket> {
    const raw = io(url, {
      extraHeaders,
      transports,
      auth: { token, ...auth },
      forceNew: true,
      reconnection: false,
    });
    const socket = new TestSocket(raw);
    await new Promise<void>((resolve, reject) => {
      raw.once('connect', resolve);
      raw.once('connect_error', (error: Error & { data?: ErrorBody }) => {
        raw.close();
        reject(error.data ?? error);
      });
    });
    return socket;
  }

  request<T>(event: string, ...args: unknown[]): Promise<Ack<T>> {
    return this.raw.timeout(40_000).emitWithAck(event, ...args);
  }

  /** Like `request`, but throws if the call fails. */
  async get<T>(event: string, ...args: unknown[]): Promise<T> {
    const response = await this.request<T>(event, ...args);
    if (!response.ok) throw new Error(`${event}: ${JSON.stringify(response.error)}`);
    return response.data;
  }

  /** The latest push of each item. */
  state(): Map<string, FeedItem> {
    return new Map(this.items.map(({ item }) => [item.id, item]));
  }

  /** Stops reading from the network, as a stalled device does; `false` resumes. */
  stall(stalled: boolean): void {
    const stream = streamOf(this.raw.io.engine.transport);
    if (stalled) stream.pause();
    else stream.resume();
  }

  close(): void {
    this.raw.close();
  }
}

/** The TCP stream of a WebSocket transport. The client's types do not include it. */
function streamOf(transport: object): Duplex {
  const socket: unknown = Reflect.get(Object(Reflect.get(transport, 'ws')), '_socket');
  if (socket instanceof Duplex) return socket;
  throw new Error('the transport has no stream');
}
