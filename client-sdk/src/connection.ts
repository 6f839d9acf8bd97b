import type { HubSocket } from './caller.ts';
import type { ConnectOptions, Token } from './options.ts';
import { Subscribable } from './subscribable.ts';

/**
 * - connecting: the first connection, or one after the token ran out, is being made
 * - online: calls are answered and pushes arrive
 * - offline: the connection broke; it is tried again by itself
 * - expired: the token ran out or is refused. With a token function it is tried again with a fresh one, with a
 *   string it stays so.
 *
 * connecting → online ⇄ offline; any → expired → connecting → …
 */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'expired';

const firstRetry = 1_000;
const longestRetry = 30_000;

/** Keeps one socket connected and says how that goes. */
export class Connection extends Subscribable {
  readonly #socket: HubSocket;
  readonly #token: Token;
  #state: ConnectionState = 'connecting';
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryDelay = firstRetry;
  #closed = false;

  constructor(socket: HubSocket, options: ConnectOptions) {
    super();
    this.#socket = socket;
    this.#token = options.token;
    socket.auth = (send) => {
      this.#freshToken().then(
        (token) => send(options.locale ? { token, locale: options.locale } : { token }),
        () => {
          // Nothing to authenticate with: leave, and ask for a token again later.
          socket.disconnect();
          this.#change('offline');
          this.#connectLater();
        },
      );
    };
    socket.on('connect', () => {
      this.#retryDelay = firstRetry;
      this.#change('online');
    });
    socket.on('session:expired', () => this.#change('expired'));
    socket.on('disconnect', (reason) => this.#disconnected(reason));
    socket.on('connect_error', (error) => this.#refused(error));
  }

  getSnapshot(): ConnectionState {
    return this.#state;
  }

  open(): void {
    this.#socket.connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket.disconnect();
    this.#change('offline');
  }

  async #freshToken(): Promise<string> {
    return typeof this.#token === 'string' ? this.#token : await this.#token();
  }

  #disconnected(reason: string): void {
    if (this.#closed || reason === 'io client disconnect') return;
    const expired = this.#state === 'expired';
    if (!expired) this.#change('offline');
    // After the server's own goodbye Socket.IO does not come back by itself.
    if (reason === 'io server disconnect' && !(expired && typeof this.#token === 'string')) {
      this.#connectLater(expired ? 0 : undefined);
    }
  }

  #refused(error: Error & { data?: unknown }): void {
    if (this.#closed) return;
    // Still active: the network's fault, and Socket.IO tries again by itself.
    if (this.#socket.active) {
      this.#change('offline');
      return;
    }
    const unauthenticated = codeOf(error) === 'unauthenticated';
    this.#change(unauthenticated ? 'expired' : 'offline');
    if (!unauthenticated || typeof this.#token !== 'string') this.#connectLater();
  }

  #connectLater(delay = this.#retryDelay): void {
    clearTimeout(this.#retry);
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
    this.#retry = setTimeout(
      () => {
        if (this.#closed) return;
        this.#change('connecting');
        this.#socket.connect();
        // Spread, so that the clients of a hub that was away do not all come at once.
      },
      delay * (0.5 + Math.random()),
    );
  }

  #change(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.notify();
  }
}

function codeOf(error: { data?: unknown }): unknown {
  const data = error.data;
  return typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined;
}
