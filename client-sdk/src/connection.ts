import { listen } from './arrivals.ts';
import type { Caller, HubSocket } from './caller.ts';
import { HubError } from './error.ts';
import type { ConnectOptions } from './options.ts';
import { Renewal } from './renewal.ts';
import { Subscribable } from './subscribable.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * - connecting: the first connection, or one after the token ran out, is being made
 * - online: calls are answered and pushes arrive
 * - offline: the connection broke; it is tried again by itself
 * - expired: the token ran out, is refused, or is of somebody else. With a token function it is tried again with a
 *   fresh one; with a string it stays so, and every call is rejected with `unauthenticated`.
 *
 * connecting → online ⇄ offline; any → expired → connecting → …
 */
export type ConnectionState = 'connecting' | 'online' | 'offline' | 'expired';

const firstRetry = 500;
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
        // Of a refusal, `data` is the hub's `ErrorBody`.
        connect_error: ({ data }: Error & { data?: { code?: unknown } }) => this.#refused(data?.code),
        'session:expired': () => this.#expired(),
      }),
      surroundings.onWake((away) => this.#wake(away)),
    ];
  }

  /** How it goes now. */
  getSnapshot(): ConnectionState {
    return this.#state;
  }

  open(): void {
    this.#socket.connect();
  }

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
      this.#refused(HubError.from(thrown).code);
    }
  }

  #connected(): void {
    this.#onlineAt = this.#surroundings.now();
    this.#renewal.start();
    this.#change('online');
  }

  #disconnected(reason: string): void {
    this.#rest();
    // Ours: whoever ended it knows how to go on.
    if (reason === 'io client disconnect') return;
    if (this.#surroundings.now() - this.#onlineAt >= goodAfter) this.#retryDelay = firstRetry;
    this.#onlineAt = Infinity;
    if (this.#state !== 'expired') this.#change('offline');
    this.#connectLater();
  }

  #refused(code: unknown): void {
    if (code === 'unauthenticated') this.#expired();
    else this.#change('offline');
    this.#connectLater();
  }

  #expired(): void {
    if (typeof this.#options.token === 'string') {
      this.#caller.end(new HubError('unauthenticated', 'The token ran out or is refused', false));
    }
    this.#change('expired');
  }

  /** Spread, so that the clients of a hub that was away do not all come at once. */
  #connectLater(): void {
    // A token that was asked for before comes too late for the next attempt.
    this.#handshakes += 1;
    // Without a connection that is: there will be none.
    if (this.#caller.isReady) return;
    this.#cancelRetry?.();
    const { after, random } = this.#surroundings;
    this.#cancelRetry = after(this.#retryDelay * (0.5 + random()), () => this.#connect());
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
  }

  #connect(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#state === 'expired') this.#change('connecting');
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
      this.#change('offline');
      this.#connect();
    });
    this.#cancelCheck = cancel;
    this.#caller.call('unwatch', { watch: 'none' }).then(cancel, cancel);
  }

  #rest(): void {
    this.#renewal.stop();
    this.#cancelCheck();
  }

  #change(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.notify();
  }
}
