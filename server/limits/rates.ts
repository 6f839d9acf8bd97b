/**
 * Token-bucket rate limits by subject and space, shared by all gateways. A gateway takes a **lease** of points from the shared
 * bucket in Redis and spends it locally, so a busy client costs Redis one command for many calls. A lease starts with exactly
 * the cost of a call and doubles while the subject stays busy, up to one second's worth of points. It expires after a second.
 */
import { LRUCache } from 'lru-cache';
import { isService, type Principal } from '../../core/access/principal.ts';
import { type HubError, rateLimited } from '../../core/errors.ts';
import type { Bucket, SharedRate } from '../../infra/redis/rates.ts';
import type { RateKind } from './costs.ts';

const LEASE_MS = 1_000;
/** Maximum of subjects in memory. Beyond it, the least recently used is evicted with the rest of its lease. */
const MAX_SUBJECTS = 20_000;

/** The state of a bucket after a call. */
export interface Quota {
  kind: RateKind;
  left: number;
  /** Milliseconds until the bucket is full again. */
  fullInMs: number;
}

interface Subject {
  points: number;
  /** When the lease expires. */
  until: number;
  /** Points that the next lease takes beyond the cost of the call. */
  ahead: number;
  /** Calls of at least this cost are rejected until then. */
  rejected: { cost: number; until: number };
  /** State of the shared bucket at the last request. */
  left: number;
  fullAt: number;
  /** Redis requests of a subject run one at a time. */
  lastRequest: Promise<unknown>;
}

type SharedRates = Record<RateKind, SharedRate>;

export class Rates {
  readonly #userRates: SharedRates;
  readonly #serviceRates: SharedRates | null;
  readonly #now: () => number;
  readonly #subjects = new LRUCache<string, Subject>({ max: MAX_SUBJECTS });

  /** `serviceRates` apply to tokens with the service scope; `null` means no limit. */
  constructor(userRates: SharedRates, serviceRates: SharedRates | null, now: () => number = Date.now) {
    this.#userRates = userRates;
    this.#serviceRates = serviceRates;
    this.#now = now;
  }

  /** Returns the subject's buckets, or `null` if it is not limited. */
  policyOf(principal: Principal): Record<RateKind, Bucket> | null {
    const rates = this.#ratesOf(principal);
    return rates && { log: rates.log.bucket, call: rates.call.bucket };
  }

  /** Rejects a call that is known to exceed the rate, without a Redis request. @throws HubError rate_limited */
  check(principal: Principal, kind: RateKind, cost: number): void {
    const subject = this.#ratesOf(principal) && this.#subjects.get(keyOf(principal, kind));
    if (subject) this.#rejectEarly(subject, kind, cost);
  }

  /** Returns `null` if the subject is not limited. @throws HubError rate_limited, with the time until the same call may pass */
  async take(principal: Principal, kind: RateKind, cost: number): Promise<Quota | null> {
    const rate = this.#ratesOf(principal)?.[kind];
    if (!rate || cost === 0) return null;
    const key = keyOf(principal, kind);
    const subject = this.#subjects.get(key) ?? newSubject();
    this.#subjects.set(key, subject);
    if (!this.#spend(subject, kind, cost)) {
      const request = subject.lastRequest.then(() => this.#renewLease(subject, { key, kind, cost, rate }));
      subject.lastRequest = request.catch(() => undefined);
      await request;
    }
    const { left, points, fullAt } = subject;
    return { kind, left: left + points, fullInMs: Math.max(0, fullAt - this.#now()) };
  }

  /** Returns true if the lease covered the cost. @throws HubError rate_limited */
  #spend(subject: Subject, kind: RateKind, cost: number): boolean {
    this.#rejectEarly(subject, kind, cost);
    if (subject.until <= this.#now()) subject.points = 0;
    if (subject.points < cost) return false;
    subject.points -= cost;
    return true;
  }

  #rejectEarly({ rejected }: Subject, kind: RateKind, cost: number): void {
    const left = rejected.until - this.#now();
    if (cost >= rejected.cost && left > 0) throw rateLimitError(kind, left);
  }

  async #renewLease(
    subject: Subject,
    { key, kind, cost, rate }: { key: string; kind: RateKind; cost: number; rate: SharedRate },
  ): Promise<void> {
    if (this.#spend(subject, kind, cost)) return;
    const missing = cost - subject.points;
    const isBusy = this.#now() < subject.until;
    const max = Math.floor(rate.bucket.capacity / 10);
    const ahead = isBusy ? Math.min(Math.max(1, subject.ahead * 2), max) : 0;
    let requested = missing + ahead;
    let taken = await rate.take(key, requested);
    if (!taken.isTaken && ahead > 0) {
      requested = missing;
      taken = await rate.take(key, requested);
    }
    const now = this.#now();
    if (!taken.isTaken) {
      subject.rejected = { cost, until: now + taken.retryAfterMs };
      throw rateLimitError(kind, taken.retryAfterMs);
    }
    Object.assign(subject, {
      points: subject.points + requested - cost,
      until: now + LEASE_MS,
      ahead,
      left: taken.left,
      fullAt: now + taken.fullInMs,
    });
  }

  #ratesOf(principal: Principal): SharedRates | null {
    return isService(principal) ? this.#serviceRates : this.#userRates;
  }
}

const newSubject = (): Subject => ({
  points: 0,
  until: 0,
  ahead: 0,
  rejected: { cost: 0, until: 0 },
  left: 0,
  fullAt: 0,
  lastRequest: Promise.resolve(),
});

/** Service tokens have separate buckets, whatever the user ids are. Space names contain no slash, so keys cannot collide. */
const keyOf = (principal: Principal, kind: RateKind): string =>
  `${kind}/${isService(principal) ? 'service' : 'user'}/${principal.space}/${principal.sub}`;

const rateLimitError = (kind: RateKind, retryAfterMs: number): HubError =>
  rateLimited(
    kind === 'log' ? 'too many actions logged with this token' : 'too many calls with this token',
    retryAfterMs,
  );
