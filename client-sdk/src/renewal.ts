import type { Call } from './caller.ts';
import { HubError } from './error.ts';
import type { Token } from './options.ts';
import type { Surroundings } from './surroundings.ts';

const firstRetry = 1_000;
const longestRetry = 30_000;
/** The last part of a token's lifetime, in which it is renewed: a quarter, but not more than a minute. */
const longestMargin = 60_000;

/**
 * Where the connection's tokens come from. With a token function it renews them over the connection before they run out:
 * - resting: not connected, or the token does not say when it ends
 * - due: waits for the time to renew
 * - renewing: asks for a token and sends it; where that fails, due again, later and later
 */
export class Renewal {
  readonly #token: Token;
  readonly #call: Call;
  readonly #surroundings: Surroundings;
  /** Whose tokens they are, as the first one says. */
  #holder: string | undefined;
  #due: number | null = null;
  #cancel = (): void => undefined;
  #retryDelay = firstRetry;
  /** How often it was stopped: what began before is of no use. */
  #stops = 0;

  constructor(token: Token, call: Call, surroundings: Surroundings) {
    this.#token = token;
    this.#call = call;
    this.#surroundings = surroundings;
  }

  /**
   * A token to connect with. Rejects with `token_failed` where the token function fails, and with `unauthenticated` where
   * the token has become somebody else's: what is on the page is the first one's.
   */
  async fresh(): Promise<string> {
    if (typeof this.#token === 'string') return this.#token;
    // Also where it throws at once, or returns no promise.
    const token = await Promise.resolve().then(this.#token).catch(failed);
    if (!token) failed('it returned no token');
    const { sub, space = 'default', iat = NaN, exp = NaN } = claimsOf(token);
    const holder = `${sub} ${space}`;
    this.#holder ??= holder;
    if (holder !== this.#holder)
      throw new HubError('unauthenticated', 'The token is of somebody else', false);
    this.#due = this.#dueAfter(this.#lifetime(iat * 1_000, exp * 1_000));
    return token;
  }

  /** From now on there is a connection, with the token that came last. */
  start(): void {
    this.stop();
    this.#retryDelay = firstRetry;
    if (this.#due !== null) this.#renewAfter(this.#due - this.#surroundings.now());
  }

  stop(): void {
    this.#stops += 1;
    this.#cancel();
  }

  #renewAfter(ms: number): void {
    // A token function that answers an old token again must not be called without end.
    this.#cancel = this.#surroundings.after(Math.max(ms, firstRetry), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const stops = this.#stops;
    let wait = this.#retryDelay;
    try {
      const token = await this.fresh();
      if (stops !== this.#stops) return;
      const { expiresAt } = await this.#call('auth', { token });
      const { now } = this.#surroundings;
      this.#due ??= this.#dueAfter(Date.parse(expiresAt) - now());
      this.#retryDelay = firstRetry;
      if (this.#due === null) return;
      wait = this.#due - now();
    } catch {
      // The token at hand still holds for a while.
      this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
    }
    if (stops === this.#stops) this.#renewAfter(wait);
  }

  /** Spread, so that clients that connected together do not all renew at once. */
  #dueAfter(lifetime: number): number | null {
    if (Number.isNaN(lifetime)) return null;
    const { now, random } = this.#surroundings;
    return now() + lifetime - Math.min(lifetime / 4, longestMargin) * (1 + random());
  }

  /**
   * Milliseconds a token holds from now; NaN where it does not say. Its own two times tell how long it was made for,
   * whatever the clock here shows; the clock is asked only whether it was made a while ago.
   */
  #lifetime(from: number, to: number): number {
    const left = to - this.#surroundings.now();
    const whole = to - from;
    return left > 0 && !(left > whole) ? left : whole;
  }
}

function failed(cause: unknown): never {
  const message = cause instanceof Error ? cause.message : cause;
  throw new HubError('token_failed', `The token function failed: ${message}`, true, [], { cause });
}

interface Claims {
  sub?: unknown;
  space?: unknown;
  iat?: number;
  exp?: number;
}

/** What it says of itself; nothing where it is no JWT. */
function claimsOf(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) ?? {};
  } catch {
    return {};
  }
}
