import type { ErrorBody } from '../../protocol/errors.ts';
import { listen } from './arrivals.ts';
import type { Caller, HubSocket } from './caller.ts';
import { HubError, retryDelay } from './error.ts';
import type { ConnectOptions } from './options.ts';
import { Renewal } from './renewal.ts';
import { Subscribable } from './subscribable.ts';
import { firstRetry, type Surroundings } from './surroundings.ts';

/**
 * - connecting: the first connection, or one after the token ran out, is being made
 * - online: calls are answered and pushes arrive
 * - offline: the connection broke; it is tried again by itself
 * - expired: the token ran out, is refused, or is of somebody else. With a token function the SDK retries with a fresh
 *   one; with a string the state stays. While a token is refused, every call is rejected with `unauthenticated`.
 *
 * connecting → online ⇄ offline; any → expired → connecting → …
 */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'expired';

/** Why calls wait or fail. */
export interface ConnectionProblem {
  /**
   * Among others `unauthenticated`: the hub refuses the token; `token_failed`: the token function failed; `disconnected`:
   * the hub cannot be reached; `rate_limited`, `overloaded` and `unavailable`: the hub is busy.
   */
  readonly error: HubError;
  /** When the SDK tries again, in milliseconds since 1970; `null`: never. */
  readonly retryAt: number | null;
}

const longestRetry = 10_000;
/** A connection that held for so long was a good one: after it, trying begins anew. */
const goodAfter = 5_000;
/** A page that was hidden for so long may have lost its connection without having noticed. */
const awayFor = 10_000;
/** Milliseconds in which a living connection answers. */
const answersWithin = 5_000;

/**
 * Keeps one socket connected and says how that goes: a store like the feed, whose snapshot is a `ConnectionState`. A broken
 * connection is tried again later and later, up to every ten seconds or so, and at once where the network comes back
 * or the page is looked at again.
 */
export class Connection extends Subscribable {
  readonly #socket: HubSocket;
  readonly #caller: Caller;
  readonly #options: ConnectOptions;
  readonly #surroundings: Surroundings;
  readonly #renewal: Renewal;
  readonly #ends: Array<() => void>;
  #state: ConnectionState = 'connecting';
  /** When it came to be online; no time: it is not, or that was taken into account. */
  #onlineAt = Infinity;
  #problem: ConnectionProblem | null = null;
  readonly #warned = new Set<string>();
  #retryDelay = firstRetry;
  /** Ends the wait for the next attempt; null: there is none. */
  #cancelRetry: (() => void) | null = null;
  #cancelCheck = (): void => undefined;
  /** How often a token was asked for: one that comes too late is of no use. */
  #handshakes = 0;

  constructor(caller: Caller, options: ConnectOptions, surroundings: Surroundings) {
    super();
    const { socket, call } = caller;
    this.#socket = socket;
    this.#caller = caller;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#renewal = new Renewal(options.token, call, surroundings);
    socket.auth = (send) => void this.#authenticate(send);
    this.#ends = [
      listen(socket, {
        connect: () => this.#connected(),
        disconnect: (reason) => this.#disconnected(reason),
        // What the hub refuses has `data`; what does not reach it has none.
        connect_error: ({ data }: Error & { data?: ErrorBody }) =>
          this.#refused(data?.code ? HubError.of(data) : unreachable()),
        'session:expired': () => this.#expired(),
      }),
      surroundings.onWake((away) => this.#wake(away)),
    ];
  }

  /** How it goes now. */
  getSnapshot(): ConnectionState {
    return this.#state;
  }

  /**
   * Why calls wait or fail, until it is over; listeners are told of it as well. With the state `online` it is what
   * keeps logged actions waiting. `null`: nothing does, or the token ran out.
   */
  get problem(): ConnectionProblem | null {
    return this.#problem;
  }

  /** Tries to connect now, where the next attempt is due later. */
  retry(): void {
    this.#wake(0);
  }

  /** @internal */
  report(problem: ConnectionProblem | null): void {
    this.#change(this.#state, problem);
  }

  /** @internal */
  open(): void {
    this.#socket.connect();
  }

  /** @internal */
  close(): void {
    this.#handshakes += 1;
    for (const end of this.#ends) end();
    this.#rest();
    this.#cancelRetry?.();
    this.#socket.disconnect();
    this.#change('offline');
  }

  async #authenticate(send: (data: { token: string; locale?: string }) => void): Promise<void> {
    this.#handshakes += 1;
    const handshake = this.#handshakes;
    try {
      const token = await this.#renewal.fresh();
      if (handshake === this.#handshakes) send({ token, locale: this.#options.locale });
    } catch (thrown) {
      if (handshake !== this.#handshakes) return;
      // Nothing to authenticate with: leave, and ask for a token again later.
      this.#socket.disconnect();
      this.#refused(HubError.from(thrown));
    }
  }

  #connected(): void {
    this.#onlineAt = this.#surroundings.now();
    this.#caller.refuse(null);
    this.#caller.reason = null;
    this.#renewal.start();
    this.#change('online');
  }

  #disconnected(reason: string): void {
    this.#rest();
    // Ours: whoever ended it knows how to go on.
    if (reason === 'io client disconnect') return;
    if (this.#surroundings.now() - this.#onlineAt >= goodAfter) this.#retryDelay = firstRetry;
    this.#onlineAt = Infinity;
    if (this.#state !== 'expired') this.#failed('offline', unreachable());
    else this.#connectLater();
  }

  #refused(error: HubError): void {
    const { code, message } = error;
    const isRefused = code === 'unauthenticated';
    if (isRefused) this.#caller.refuse(error);
    this.#failed(isRefused ? 'expired' : 'offline', error);
    if (code === 'disconnected' || this.#warned.has(code)) return;
    this.#warned.add(code);
    console.warn(`[hubbub] No connection (${code}): ${message}`, error.cause ?? '');
  }

  #expired(): void {
    if (!this.#canRenew) this.#caller.refuse(new HubError('unauthenticated', 'The token has expired', false));
    this.#change('expired');
  }

  get #canRenew(): boolean {
    return typeof this.#options.token !== 'string';
  }

  #failed(state: ConnectionState, error: HubError): void {
    this.#caller.reason = error;
    this.#change(state, { error, retryAt: this.#connectLater(error) });
  }

  /** Answers when that is; spread, so that the clients of a hub that was away do not all come at once. */
  #connectLater(error: Partial<HubError> = {}): number | null {
    // A token that was asked for before comes too late for the next attempt.
    this.#handshakes += 1;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (!this.#canRenew && (this.#state === 'expired' || error.code === 'unauthenticated')) return null;
    const { after, now, random } = this.#surroundings;
    const delay = retryDelay(this.#retryDelay, random, error);
    this.#cancelRetry = after(delay, () => this.#connect());
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
    return now() + delay;
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#state === 'expired') this.#change('connecting', this.#problem);
    this.#socket.connect();
  }

  #wake(away: number): void {
    if (this.#cancelRetry) {
      this.#retryDelay = firstRetry;
      this.#connect();
    } else if (this.#state === 'online' && away >= awayFor) this.#check();
  }

  /** Asks for something that changes nothing. Whatever the answer is, it shows that the connection lives. */
  #check(): void {
    this.#cancelCheck();
    const cancel = this.#surroundings.after(answersWithin, () => {
      this.#socket.disconnect();
      this.#change('offline', { error: unreachable(), retryAt: null });
      this.#connect();
    });
    this.#cancelCheck = cancel;
    this.#caller.call('unwatch', { watch: 'none' }).then(cancel, cancel);
  }

  #rest(): void {
    this.#renewal.stop();
    this.#cancelCheck();
  }

  #change(state: ConnectionState, problem: ConnectionProblem | null = null): void {
    if (state === this.#state && problem === this.#problem) return;
    this.#state = state;
    this.#problem = problem;
    this.notify();
  }
}

const unreachable = (): HubError => new HubError('disconnected', 'The hub cannot be reached', true);
