/**
 * A gateway with one user's feed in memory, over real Socket.IO. The test decides which pushes and calls are lost, late
 * or refused.
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
  /** All received calls, in order. */
  readonly calls: Call[] = [];
  /** The tokens of all handshakes, in order. */
  readonly handshakes: unknown[] = [];
  /** Tokens that the handshake rejects. */
  readonly refusedTokens = new Set<string>();
  /** Errors for the next call of an event. */
  readonly errors = new Map<string, ErrorBody>();
  /** Logged actions by key, in order. */
  readonly logged = new Map<string, ActionInput>();
  /** The options of all log calls. */
  readonly options: Array<{ wait?: boolean }> = [];
  /** The expiry of refreshed tokens. */
  expiresAt = new Date(0).toISOString();
  /** The next call of the event is carried out, but gets this error. */
  loseResponse: { event: string; error: ErrorBody } | undefined;
  /** While set, pushes are lost. */
  silent = false;
  /** Runs after a response was read and before it is sent, so that later pushes overtake it. */
  beforeAnswer: ((event: string) => void | Promise<void>) | undefined;
  /** While set, the transport of a connecting client breaks before the handshake ends. */
  breaksHandshakes = false;
  /** While set, every handshake fails with this error. */
  handshakeError: ErrorBody | undefined;
  readonly #http = createServer();
  readonly #server: HubServer;
  #port = 0;

  /** `options` of the server, for instance the allowed `transports`. */
  constructor(options: Partial<ServerOptions> = {}) {
    this.#server = new Server(this.#http, options);
    this.#server.use((socket, next) => {
      if (this.breaksHandshakes) return void socket.conn.close();
      if (this.handshakeError)
        return next(Object.assign(new Error(this.handshakeError.message), { data: this.handshakeError }));
      const { auth } = socket.handshake;
      this.handshakes.push(auth);
      if (!this.refusedTokens.has(String(auth.token))) return next();
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

  /** Refuses connections until `listen` opens the same port again. */
  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Breaks every connection, as a network failure does. */
  breakConnections(): void {
    for (const socket of this.#server.sockets.sockets.values()) socket.conn.close();
  }

  /** Disconnects every connection, with the event for an expired token. */
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

  /** Stores an action about the watched object and pushes it. */
  addAction(action: Action): void {
    this.watches.put(action);
    for (const watch of this.watches.live) this.emit('watch:action', { watch, action });
  }

  /** Removes actions about the watched object and pushes that. */
  removeActions(ids: string[]): void {
    this.watches.remove(ids);
    for (const watch of this.watches.live) this.emit('watch:removed', { watch, ids });
  }

  /** Logs an action once per key. */
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
      this.#respond('feed:list', query, ack, (): FeedPage => this.feed.list(query)),
    );
    socket.on('feed:changes', (query, ack) =>
      this.#respond('feed:changes', query, ack, (): FeedChanges => this.feed.changes(query.position)),
    );
    const marks = {
      'feed:read': { unread: false, seen: true },
      'feed:unread': { unread: true },
      'feed:seen': { seen: true },
    } as const;
    for (const event of ['feed:read', 'feed:unread', 'feed:seen'] as const) {
      socket.on(event, (input, ack) =>
        this.#respond(event, input, ack, (): MarkAnswer => {
          const response = this.feed.mark(input, marks[event]);
          const { position: _, ...named } = input;
          socket.broadcast.emit('feed:marked', { ...named, ...marks[event], position: response.position });
          return response;
        }),
      );
    }
    socket.on('feed:press', (input, ack) => {
      const pressed = this.feed.items().find(({ id }) => id === input.item)?.pressed;
      if (pressed) {
        const message = 'was pressed';
        this.errors.set('feed:press', { code: 'already_pressed', message, retryable: false, pressed });
      }
      void this.#respond('feed:press', input, ack, () => {
        const answer = this.feed.press(input);
        this.emit('feed:item', { item: answer.item, position: answer.position });
        this.#pushCounts();
        return answer;
      });
    });
    socket.on('log', (...args) => {
      const [input] = args;
      const ack = args.length === 3 ? args[2] : args[1];
      if (args.length === 3) this.options.push(args[1]);
      this.#respond('log', input, ack, () => ({ ids: [input].flat().map((action) => this.#log(action)) }));
    });
    socket.on('auth', (input, ack) =>
      this.#respond('auth', input, ack, () => ({ expiresAt: this.expiresAt })),
    );
    socket.on('watch', (input, ack) => this.#respond('watch', input, ack, () => this.watches.start(input)));
    socket.on('unwatch', (input, ack) =>
      this.#respond('unwatch', input, ack, () => this.watches.stop(input)),
    );
    socket.on('event', (input, ack) =>
      this.#respond('event', input, ack, (): Event => {
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
    socket.on('track', (input, ack) => this.#respond('track', input, ack, () => ({ trackers: [] })));
    socket.on('untrack', (input, ack) => this.#respond('untrack', input, ack, () => ({ trackers: [] })));
  }

  async #respond<T>(
    event: string,
    payload: unknown,
    ack: (response: { ok: true; data: T } | { ok: false; error: ErrorBody }) => void,
    data: () => T,
  ): Promise<void> {
    this.calls.push({ event, payload });
    const error = this.errors.get(event);
    this.errors.delete(event);
    const response = error ? ({ ok: false, error } as const) : ({ ok: true, data: data() } as const);
    await this.beforeAnswer?.(event);
    if (this.loseResponse?.event === event) {
      const { error: lostError } = this.loseResponse;
      this.loseResponse = undefined;
      return ack({ ok: false, error: lostError });
    }
    ack(response);
  }
}
