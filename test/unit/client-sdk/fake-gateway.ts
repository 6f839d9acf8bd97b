/**
 * A gateway of one user's feed in memory, over real Socket.IO: what the SDK talks to where a test must decide
 * itself what is lost, late or refused.
 */
import { createServer } from 'node:http';
import { Server, type ServerOptions, type Socket } from 'socket.io';
import type {
  Action,
  ActionInput,
  Event,
  FeedChanges,
  FeedItem,
  FeedPage,
  MarkAnswer,
  MarkInput,
} from '../../../protocol/entities.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { ClientToServerEvents, MarkedPush, ServerToClientEvents } from '../../../protocol/sockets.ts';
import { FakeFeed } from './fake-feed.ts';
import { FakeWatches } from './fake-watches.ts';

type HubServer = Server<ClientToServerEvents, ServerToClientEvents>;
type HubSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

export interface Call {
  event: string;
  payload: unknown;
}

export class FakeGateway {
  readonly feed = new FakeFeed();
  readonly watches = new FakeWatches();
  /** Every call received, in order. */
  readonly calls: Call[] = [];
  /** The tokens of the handshakes, in order. */
  readonly handshakes: unknown[] = [];
  /** Tokens that are refused. */
  readonly refused = new Set<string>();
  /** The next call of an event is refused with this. */
  readonly errors = new Map<string, ErrorBody>();
  /** What was logged, by its key, in order. */
  readonly logged = new Map<string, ActionInput>();
  /** What came with it. */
  readonly options: Array<{ wait?: boolean }> = [];
  /** When renewed tokens end. */
  expiresAt = new Date(0).toISOString();
  /** The next call of the event is carried out and answered with this all the same. */
  loseAnswer: { event: string; error: ErrorBody } | undefined;
  /** While set, pushes are lost on the way. */
  silent = false;
  /** Runs before an answer is sent, after it was read: what happens meanwhile overtakes it. */
  beforeAnswer: ((event: string) => void | Promise<void>) | undefined;
  /** While set, the transport of whoever knocks breaks before there is an answer. */
  breaksHandshakes = false;
  /** While set, every handshake is refused with this. */
  turnAway: ErrorBody | undefined;
  readonly #http = createServer();
  readonly #server: HubServer;
  #port = 0;

  /** `options`: for instance the `transports` that are let through on the way to it. */
  constructor(options: Partial<ServerOptions> = {}) {
    this.#server = new Server(this.#http, options);
    this.#server.use((socket, next) => {
      if (this.breaksHandshakes) return void socket.conn.close();
      if (this.turnAway)
        return next(Object.assign(new Error(this.turnAway.message), { data: this.turnAway }));
      const { auth } = socket.handshake;
      this.handshakes.push(auth);
      if (!this.refused.has(String(auth.token))) return next();
      const body: ErrorBody = { code: 'unauthenticated', message: 'expired', retryable: false };
      next(Object.assign(new Error(body.message), { data: body }));
    });
    this.#server.on('connection', (socket) => this.#serve(socket));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#http.listen(this.#port, '127.0.0.1', resolve));
    const address = this.#http.address();
    if (typeof address === 'object' && address) this.#port = address.port;
    return this;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  /** Refuses connections until `listen`, at the same place. */
  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Breaks every connection, as a network does. */
  breakConnections(): void {
    for (const socket of this.#server.sockets.sockets.values()) socket.conn.close();
  }

  /** Says goodbye to every connection whose token ran out. */
  expire(): void {
    this.#server.emit('session:expired', {});
    this.#server.disconnectSockets(true);
  }

  add(item: FeedItem): void {
    const position = this.feed.put(item);
    this.emit('feed:item', { item, position });
    this.#pushCounts();
  }

  remove(ids: string[]): void {
    const position = this.feed.remove(ids);
    this.emit('feed:removed', { ids, position });
    this.#pushCounts();
  }

  markElsewhere(input: MarkInput, flags: { unread?: boolean; seen?: boolean }): void {
    const { position } = this.feed.mark(input, flags);
    const push: MarkedPush = { ...input, ...flags, position };
    this.emit('feed:marked', push);
    this.#pushCounts();
  }

  emit<E extends keyof ServerToClientEvents>(event: E, ...push: Parameters<ServerToClientEvents[E]>): void {
    if (!this.silent) this.#server.emit(event, ...push);
  }

  /** An action about whatever is watched. */
  happen(action: Action): void {
    this.watches.put(action);
    for (const watch of this.watches.live) this.emit('watch:action', { watch, action });
  }

  /** Actions about whatever is watched go. */
  undo(ids: string[]): void {
    this.watches.remove(ids);
    for (const watch of this.watches.live) this.emit('watch:removed', { watch, ids });
  }

  /** Under one key things are logged once. */
  #log(action: ActionInput): string {
    const key = String(action.key);
    if (!this.logged.has(key)) this.logged.set(key, action);
    return key;
  }

  #pushCounts(): void {
    this.emit('feed:counts', { ...this.feed.counts(), position: this.feed.position });
  }

  #serve(socket: HubSocket): void {
    socket.on('feed:list', (query, ack) =>
      this.#answer('feed:list', query, ack, (): FeedPage => this.feed.list(query)),
    );
    socket.on('feed:changes', (query, ack) =>
      this.#answer('feed:changes', query, ack, (): FeedChanges => this.feed.changes(query.position)),
    );
    const marks = {
      'feed:read': { unread: false, seen: true },
      'feed:unread': { unread: true },
      'feed:seen': { seen: true },
    } as const;
    for (const event of ['feed:read', 'feed:unread', 'feed:seen'] as const) {
      socket.on(event, (input, ack) =>
        this.#answer(event, input, ack, (): MarkAnswer => {
          const answer = this.feed.mark(input, marks[event]);
          const { position: _, ...named } = input;
          socket.broadcast.emit('feed:marked', { ...named, ...marks[event], position: answer.position });
          return answer;
        }),
      );
    }
    socket.on('log', (...args) => {
      const [input] = args;
      const ack = args.length === 3 ? args[2] : args[1];
      if (args.length === 3) this.options.push(args[1]);
      this.#answer('log', input, ack, () => ({ ids: [input].flat().map((action) => this.#log(action)) }));
    });
    socket.on('auth', (input, ack) =>
      this.#answer('auth', input, ack, () => ({ expiresAt: this.expiresAt })),
    );
    socket.on('watch', (input, ack) => this.#answer('watch', input, ack, () => this.watches.start(input)));
    socket.on('unwatch', (input, ack) => this.#answer('unwatch', input, ack, () => this.watches.stop(input)));
    socket.on('event', (input, ack) =>
      this.#answer('event', input, ack, (): Event => {
        const { name } = input;
        return {
          id: '1',
          user: null,
          name,
          timestamp: new Date(0).toISOString(),
          note: input.note ?? '',
          related: null,
        };
      }),
    );
    socket.on('track', (input, ack) => this.#answer('track', input, ack, () => ({ trackers: [] })));
    socket.on('untrack', (input, ack) => this.#answer('untrack', input, ack, () => ({ trackers: [] })));
  }

  async #answer<T>(
    event: string,
    payload: unknown,
    ack: (answer: { ok: true; data: T } | { ok: false; error: ErrorBody }) => void,
    data: () => T,
  ): Promise<void> {
    this.calls.push({ event, payload });
    const error = this.errors.get(event);
    this.errors.delete(event);
    const answer = error ? ({ ok: false, error } as const) : ({ ok: true, data: data() } as const);
    await this.beforeAnswer?.(event);
    if (this.loseAnswer?.event === event) {
      const { error } = this.loseAnswer;
      this.loseAnswer = undefined;
      return ack({ ok: false, error });
    }
    ack(answer);
  }
}
