/**
 * One log line for each refused token, so that a wrong secret is found, and at most `LINES_PER_MINUTE`, so that nobody can
 * flood the log. The first line of the next minute says how many were left out.
 */
import { decodeJwt } from 'jose';
import type { Now } from '../core/ports/bus.ts';
import type { Logger } from '../infra/log.ts';

const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** Characters of a claim that are logged: nobody has checked them. */
const MAX_CLAIM = 128;

export interface RefusedToken {
  token: string;
  reason: string;
  address: string;
}

export class RefusalLog {
  readonly #log: Logger;
  readonly #now: Now;
  #minute = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #suppressed = 0;

  constructor(log: Logger, now: Now = Date.now) {
    this.#log = log;
    this.#now = now;
  }

  /** Logs the reason, the address and what the token claims; never the token. */
  note({ token, reason, address }: RefusedToken): void {
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
      'refused a token',
    );
  }
}

/** What the token says of its holder, which may be a lie; `null`: it is no JWT. */
function claimsOf(token: string): { sub: string | null; space: string | null } | null {
  try {
    const { sub, space } = decodeJwt(token);
    return { sub: cut(sub), space: cut(space) };
  } catch {
    return null;
  }
}

const cut = (claim: unknown): string | null =>
  typeof claim === 'string' ? claim.slice(0, MAX_CLAIM).toWellFormed() : null;
