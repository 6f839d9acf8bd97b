import type { Call } from './caller.ts';
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

  /** A token to connect with. Rejects as the token function does. */
  async fresh(): Promise<string> {
    if (typeof this.#token === 'string') return this.#token;
    const token = await this.#token();
    this.#due = this.#dueAfter(this.#lifetimeOf(token));
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
  #lifetimeOf(token: string): number {
    try {
      const payload = token.split('.')[1] ?? '';
      const claims: { exp?: unknown; iat?: unknown } = JSON.parse(
        atob(payload.replaceAll('-', '+').replaceAll('_', '/')),
      );
      const left = Number(claims.exp) * 1_000 - this.#surroundings.now();
      const whole = (Number(claims.exp) - Number(claims.iat)) * 1_000;
      return left > 0 && !(left > whole) ? left : whole;
    } catch {
      return Number.NaN;
    }
  }
}
