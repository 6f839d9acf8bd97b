import type { ErrorBody } from '../../../protocol/errors.ts';
import { HubError, retryDelay } from '../../common/hub-error.ts';
import { type Environment, initialRetryDelay } from './environment.ts';
import type { ConnectOptions } from './options.ts';
import type { HubSocket, RpcClient } from './rpc-client.ts';
import { listen } from './socket-listeners.ts';
import { Subscribable } from './subscribable.ts';
import { TokenRefresher } from './token-refresher.ts';

/**
 * - connecting: the first connection, or the one after the token expired, is being established
 * - online: calls get responses and pushes arrive
 * - offline: the connection broke; the SDK reconnects automatically
 * - expired: the token expired, was rejected, or belongs to another user. With a token function the SDK retries with a
 *   fresh one; with a string the state stays. While a token is rejected, every call rejects with `unauthenticated`.
 *
 * connecting → online ⇄ offline; any → expired → connecting → …
 */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'expired';

/** Why calls wait or fail. */
export interface ConnectionProblem {
  /**
   * The most common codes are `unauthenticated`: the hub rejects the token; `token_failed`: the token function failed;
   * `disconnected`: the hub cannot be reached; `rate_limited`, `overloaded` and `unavailable`: the hub is busy.
   */
  readonly error: HubError;
  /** When the SDK retries, in milliseconds since 1970; `null`: never. */
  readonly retryAt: number | null;
}

const maxRetryDelay = 10_000;
/** Milliseconds. A connection that lasted this long resets the retry delay. */
const stableAfter = 5_000;
/** Milliseconds. A page that was hidden this long may have lost its connection unnoticed. */
const checkAfterHidden = 10_000;
/** Milliseconds in which a live connection responds. */
const livenessTimeout = 5_000;

/**
 * Keeps one socket connected. A store like the feed, whose snapshot is a `ConnectionState`. After a broken connection
 * it reconnects with exponential backoff, up to about every ten seconds. It reconnects at once when the network comes
 * back or the page becomes visible again.
 */
export class Connection extends Subscribable {
  readonly #socket: HubSocket;
  readonly #rpc: RpcClient;
  readonly #options: ConnectOptions;
  readonly #environment: Environment;
  readonly #tokenRefresher: TokenRefresher;
  readonly #cleanups: Array<() => void>;
  #state: ConnectionState = 'connecting';
  /** When the state became `online`; `Infinity`: it is not, or the retry delay was already reset for it. */
  #onlineAt = Infinity;
  #problem: ConnectionProblem | null = null;
  readonly #warnedCodes = new Set<string>();
  #retryDelay = initialRetryDelay;
  /** Cancels the next scheduled attempt; null: none is scheduled. */
  #cancelRetry: (() => void) | null = null;
  #cancelLivenessCheck = (): void => undefined;
  /** Increments with each handshake. A token that arrives for an earlier handshake is discarded. */
  #handshakeCount = 0;

  constructor(rpc: RpcClient, options: ConnectOptions, environment: Environment) {
    super();
    const { socket, call } = rpc;
    this.#socket = socket;
    this.#rpc = rpc;
    this.#options = options;
    this.#environment = environment;
    this.#tokenRefresher = new TokenRefresher(options.token, call, environment);
    socket.auth = (send) => void this.#authenticate(send);
    this.#cleanups = [
      listen(socket, {
        connect: () => this.#handleConnect(),
        disconnect: (reason) => this.#handleDisconnect(reason),
        // Errors from the hub have `data`; network errors have none.
        connect_error: ({ data }: Error & { data?: ErrorBody }) =>
          this.#handleConnectError(data?.code ? HubError.of(data) : unreachableError()),
        'session:expired': () => this.#handleExpiry(),
      }),
      environment.onWake((hiddenMs) => this.#handleWake(hiddenMs)),
    ];
  }

  /** The current state. */
  getSnapshot(): ConnectionState {
    return this.#state;
  }

  /**
   * Why calls wait or fail, until that is over. Listeners are notified of changes. In the state `online` it is the
   * reason why logged actions wait. `null`: there is no problem, or the token only expired.
   */
  get problem(): ConnectionProblem | null {
    return this.#problem;
  }

  /** Connects now instead of waiting for the next scheduled attempt. */
  retry(): void {
    this.#handleWake(0);
  }

  /** @internal */
  report(problem: ConnectionProblem | null): void {
    this.#setState(this.#state, problem);
  }

  /** @internal */
  open(): void {
    this.#socket.connect();
  }

  /** @internal */
  close(): void {
    this.#handshakeCount += 1;
    for (const cleanup of this.#cleanups) cleanup();
    this.#stopTimers();
    this.#cancelRetry?.();
    this.#socket.disconnect();
    this.#setState('offline');
  }

  async #authenticate(send: (data: { token: string; locale?: string }) => void): Promise<void> {
    this.#handshakeCount += 1;
    const handshake = this.#handshakeCount;
    try {
      const token = await this.#tokenRefresher.getToken();
      if (handshake === this.#handshakeCount) send({ token, locale: this.#options.locale });
    } catch (thrown) {
      if (handshake !== this.#handshakeCount) return;
      // There is no token to authenticate with: disconnect and retry later.
      this.#socket.disconnect();
      this.#handleConnectError(HubError.from(thrown));
    }
  }

  #handleConnect(): void {
    this.#onlineAt = this.#environment.now();
    this.#rpc.setRejection(null);
    this.#rpc.connectionError = null;
    this.#tokenRefresher.start();
    this.#setState('online');
  }

  #handleDisconnect(reason: string): void {
    this.#stopTimers();
    // This side disconnected: the caller decides what happens next.
    if (reason === 'io client disconnect') return;
    if (this.#environment.now() - this.#onlineAt >= stableAfter) this.#retryDelay = initialRetryDelay;
    this.#onlineAt = Infinity;
    if (this.#state !== 'expired') this.#setFailed('offline', unreachableError());
    else this.#scheduleReconnect();
  }

  #handleConnectError(error: HubError): void {
    const { code, message } = error;
    const isUnauthenticated = code === 'unauthenticated';
    if (isUnauthenticated) this.#rpc.setRejection(error);
    this.#setFailed(isUnauthenticated ? 'expired' : 'offline', error);
    if (code === 'disconnected' || this.#warnedCodes.has(code)) return;
    this.#warnedCodes.add(code);
    console.warn(`[hubbub] No connection (${code}): ${message}`, error.cause ?? '');
  }

  #handleExpiry(): void {
    if (!this.#canRefreshToken)
      this.#rpc.setRejection(new HubError('unauthenticated', 'The token has expired', false));
    this.#setState('expired');
  }

  get #canRefreshToken(): boolean {
    return typeof this.#options.token !== 'string';
  }

  #setFailed(state: ConnectionState, error: HubError): void {
    this.#rpc.connectionError = error;
    this.#setState(state, { error, retryAt: this.#scheduleReconnect(error) });
  }

  /** Returns when that is. Has jitter, so that the clients of a hub that was down do not all reconnect at once. */
  #scheduleReconnect(error: Partial<HubError> = {}): number | null {
    // A token that was requested before this attempt must not be used for it.
    this.#handshakeCount += 1;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (!this.#canRefreshToken && (this.#state === 'expired' || error.code === 'unauthenticated'))
      return null;
    const { after, now, random } = this.#environment;
    const delay = retryDelay(this.#retryDelay, random, error);
    this.#cancelRetry = after(delay, () => this.#connect());
    this.#retryDelay = Math.min(this.#retryDelay * 2, maxRetryDelay);
    return now() + delay;
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#state === 'expired') this.#setState('connecting', this.#problem);
    this.#socket.connect();
  }

  #handleWake(hiddenMs: number): void {
    if (this.#cancelRetry) {
      this.#retryDelay = initialRetryDelay;
      this.#connect();
    } else if (this.#state === 'online' && hiddenMs >= checkAfterHidden) this.#checkLiveness();
  }

  /** Makes a call without effect. Any response, even an error, proves that the connection is alive. */
  #checkLiveness(): void {
    this.#cancelLivenessCheck();
    const cancel = this.#environment.after(livenessTimeout, () => {
      this.#socket.disconnect();
      this.#setState('offline', { error: unreachableError(), retryAt: null });
      this.#connect();
    });
    this.#cancelLivenessCheck = cancel;
    this.#rpc.call('unwatch', { watch: 'none' }).then(cancel, cancel);
  }

  #stopTimers(): void {
    this.#tokenRefresher.stop();
    this.#cancelLivenessCheck();
  }

  #setState(state: ConnectionState, problem: ConnectionProblem | null = null): void {
    if (state === this.#state && problem === this.#problem) return;
    this.#state = state;
    this.#problem = problem;
    this.notify();
  }
}

const unreachableError = (): HubError => new HubError('disconnected', 'The hub cannot be reached', true);
