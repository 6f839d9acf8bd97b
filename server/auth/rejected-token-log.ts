/** Logs rejected tokens, which helps to find a wrong secret. `LINES_PER_MINUTE` keeps clients from flooding the log. */
import { decodeJwt } from 'jose';
import type { Logger } from '../../infra/log.ts';

const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** Maximum characters of a logged claim, which is not verified. */
const MAX_CLAIM = 128;

export class RejectedTokenLog {
  readonly #log: Logger;
  readonly #now: () => number;
  #minute = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #suppressed = 0;

  constructor(log: Logger, now: () => number = Date.now) {
    this.#log = log;
    this.#now = now;
  }

  /** Logs the reason, the address and the token's claims, but never the token. */
  record({ token, reason, address }: Record<'token' | 'reason' | 'address', string>): void {
    const minute = Math.floor(this.#now() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#lines = 0;
    }
    if (this.#lines >= LINES_PER_MINUTE) {
      this.#suppressed += 1;
      return;
    }
    this.#lines += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    this.#log.warn(
      { reason, address, unverified: claimsOf(token), ...(suppressed > 0 && { suppressed }) },
      'rejected token',
    );
  }
}

function claimsOf(token: string): { sub: string | null; space: string | null } | null {
  try {
    const { sub, space } = decodeJwt(token);
    return { sub: truncate(sub), space: truncate(space) };
  } catch {
    return null;
  }
}

const truncate = (claim: unknown): string | null =>
  typeof claim === 'string' ? claim.slice(0, MAX_CLAIM).toWellFormed() : null;
