import { HubError } from '../../common/hub-error.ts';
import type { Environment } from './environment.ts';
import type { Token } from './options.ts';
import type { Call } from './rpc-client.ts';

const initialRetryDelay = 1_000;
const maxRetryDelay = 30_000;
/**
 * Milliseconds. The margin before a token's expiry is a quarter of its lifetime, but at most this; jitter can double
 * it.
 */
const maxRefreshMargin = 60_000;

/**
 * Provides the connection's tokens. With a token function it refreshes them over the connection before they expire:
 * - idle: not connected, or the token has no expiry
 * - scheduled: waits for the time to refresh
 * - refreshing: calls the token function and sends the token; on failure, scheduled again with exponential backoff
 */
export class TokenRefresher {
  readonly #token: Token;
  readonly #call: Call;
  readonly #environment: Environment;
  /** The owner of the first token. All later ones must belong to the same user. */
  #tokenOwner: string | undefined;
  #refreshAt: number | null = null;
  #cancelTimer = (): void => undefined;
  #retryDelay = initialRetryDelay;
  /** Increments on each stop. The result of a refresh from an earlier generation is discarded. */
  #generation = 0;

  constructor(token: Token, call: Call, environment: Environment) {
    this.#token = token;
    this.#call = call;
    this.#environment = environment;
  }

  /**
   * Returns a token to connect with. Rejects with `token_failed` if the token function fails, and with
   * `unauthenticated` if the token belongs to another user: the page shows the data of the first one.
   */
  async getToken(): Promise<string> {
    if (typeof this.#token === 'string') return this.#token;
    // Covers functions that throw synchronously or do not return a promise.
    const token = await Promise.resolve().then(this.#token).catch(throwTokenFailed);
    if (!token) throwTokenFailed('it returned no token');
    const { sub, space = 'default', iat = NaN, exp = NaN } = parseClaims(token);
    const owner = `${sub} ${space}`;
    this.#tokenOwner ??= owner;
    if (owner !== this.#tokenOwner)
      throw new HubError('unauthenticated', 'The token belongs to another user', false);
    this.#refreshAt = this.#refreshTime(this.#remainingLifetime(iat * 1_000, exp * 1_000));
    return token;
  }

  /** Starts scheduling. Call it when a connection with the latest token is up. */
  start(): void {
    this.stop();
    this.#retryDelay = initialRetryDelay;
    if (this.#refreshAt !== null) this.#scheduleRefresh(this.#refreshAt - this.#environment.now());
  }

  stop(): void {
    this.#generation += 1;
    this.#cancelTimer();
  }

  #scheduleRefresh(ms: number): void {
    // A token function that keeps returning an old token must not be called in a tight loop.
    this.#cancelTimer = this.#environment.after(Math.max(ms, initialRetryDelay), () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    const generation = this.#generation;
    let wait = this.#retryDelay;
    try {
      const token = await this.getToken();
      if (generation !== this.#generation) return;
      const { expiresAt } = await this.#call('auth', { token });
      const { now } = this.#environment;
      this.#refreshAt ??= this.#refreshTime(Date.parse(expiresAt) - now());
      this.#retryDelay = initialRetryDelay;
      if (this.#refreshAt === null) return;
      wait = this.#refreshAt - now();
    } catch {
      // The current token is still valid for a while.
      this.#retryDelay = Math.min(this.#retryDelay * 2, maxRetryDelay);
    }
    if (generation === this.#generation) this.#scheduleRefresh(wait);
  }

  /** Has jitter, so that clients that connected together do not all refresh at once. */
  #refreshTime(lifetime: number): number | null {
    if (Number.isNaN(lifetime)) return null;
    const { now, random } = this.#environment;
    return now() + lifetime - Math.min(lifetime / 4, maxRefreshMargin) * (1 + random());
  }

  /**
   * Milliseconds until the token expires; NaN if it has no expiry. The difference of its own two times is its total
   * lifetime, whatever the local clock shows. The local clock only shortens it, for a token that was issued earlier.
   */
  #remainingLifetime(issuedAt: number, expiresAt: number): number {
    const remaining = expiresAt - this.#environment.now();
    const total = expiresAt - issuedAt;
    return remaining > 0 && !(remaining > total) ? remaining : total;
  }
}

function throwTokenFailed(cause: unknown): never {
  const message = cause instanceof Error ? cause.message : cause;
  throw new HubError('token_failed', `The token function failed: ${message}`, true, [], { cause });
}

interface Claims {
  sub?: unknown;
  space?: unknown;
  iat?: number;
  exp?: number;
}

/** The token's claims. Empty if it is not a JWT. */
function parseClaims(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) ?? {};
  } catch {
    return {};
  }
}
