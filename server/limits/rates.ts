/**
 * Rates by subject and space, shared by all gateways. A gateway takes a **lease** of points from the shared bucket and spends it
 * without asking again, so that a busy client costs Redis one command for many calls. A lease begins with exactly
 * what a call costs, doubles while the subject stays busy, holds at most one second's worth, and lapses after a second.
 */
import { isService, type Principal } from '../../core/access.ts';
import { type HubError, rateLimited } from '../../core/errors.ts';
import type { Now } from '../../core/ports/bus.ts';
import type { Bucket, SharedRate } from '../../infra/redis/rates.ts';
import type { RateKind } from './costs.ts';

const LEASE_MS = 1_000;
/** Subjects remembered; of more, the one that asked Redis longest ago is forgotten with what is left of its lease. */
const MAX_SUBJECTS = 20_000;

/** What is left of a bucket after a call. */
export interface Quota {
  kind: RateKind;
  left: number;
  /** Until the bucket is full again. */
  fullInMs: number;
}

interface Subject {
  points: number;
  /** When the lease lapses. */
  until: number;
  /** Points of the next lease beyond what a call costs. */
  ahead: number;
  /** Calls of at least this cost are refused until then. */
  refused: { cost: number; until: number };
  /** The shared bucket, as last seen. */
  left: number;
  fullAt: number;
  /** Requests to Redis run one after the other. */
  turn: Promise<unknown>;
}

export type SharedRates = Record<RateKind, SharedRate>;

export class Rates {
  readonly #ofUsers: SharedRates;
  readonly #ofServices: SharedRates | null;
  readonly #now: Now;
  /** In the order of their last request to Redis. */
  readonly #subjects = new Map<string, Subject>();

  /** `ofServices`: for tokens with the service scope; `null`: they are not limited. */
  constructor(ofUsers: SharedRates, ofServices: SharedRates | null, now: Now = Date.now) {
    this.#ofUsers = ofUsers;
    this.#ofServices = ofServices;
    this.#now = now;
  }

  /** The buckets of a subject; `null`: it is not limited. */
  policyOf(principal: Principal): Record<RateKind, Bucket> | null {
    const rates = this.#ratesOf(principal);
    return rates && { log: rates.log.bucket, call: rates.call.bucket };
  }

  /** Refuses what is known to be beyond the rate without asking Redis. @throws HubError rate_limited */
  check(principal: Principal, kind: RateKind, cost: number): void {
    const subject = this.#ratesOf(principal) && this.#subjects.get(keyOf(principal, kind));
    if (subject) this.#refuseEarly(subject, kind, cost);
  }

  /** `null`: not limited. @throws HubError rate_limited, with the time after which the same call may pass */
  async take(principal: Principal, kind: RateKind, cost: number): Promise<Quota | null> {
    const rate = this.#ratesOf(principal)?.[kind];
    if (!rate || cost === 0) return null;
    const key = keyOf(principal, kind);
    const subject = this.#subjects.get(key) ?? this.#newSubject(key);
    if (!this.#spend(subject, kind, cost)) {
      const turn = subject.turn.then(() => this.#renew(subject, { key, kind, cost, rate }));
      subject.turn = turn.catch(() => undefined);
      await turn;
    }
    const { left, points, fullAt } = subject;
    return { kind, left: left + points, fullInMs: Math.max(0, fullAt - this.#now()) };
  }

  /** Whether the lease was enough. @throws HubError rate_limited */
  #spend(subject: Subject, kind: RateKind, cost: number): boolean {
    this.#refuseEarly(subject, kind, cost);
    if (subject.until <= this.#now()) subject.points = 0;
    if (subject.points < cost) return false;
    subject.points -= cost;
    return true;
  }

  #refuseEarly({ refused }: Subject, kind: RateKind, cost: number): void {
    const left = refused.until - this.#now();
    if (cost >= refused.cost && left > 0) throw refusal(kind, left);
  }

  async #renew(
    subject: Subject,
    { key, kind, cost, rate }: { key: string; kind: RateKind; cost: number; rate: SharedRate },
  ): Promise<void> {
    if (this.#spend(subject, kind, cost)) return;
    this.#remember(key, subject);
    const missing = cost - subject.points;
    const isBusy = this.#now() < subject.until;
    const most = Math.floor(rate.bucket.capacity / 10);
    const ahead = isBusy ? Math.min(Math.max(1, subject.ahead * 2), most) : 0;
    let asked = missing + ahead;
    let taken = await rate.take(key, asked);
    if (!taken.isTaken && ahead > 0) {
      asked = missing;
      taken = await rate.take(key, asked);
    }
    const now = this.#now();
    if (!taken.isTaken) {
      subject.refused = { cost, until: now + taken.retryAfterMs };
      throw refusal(kind, taken.retryAfterMs);
    }
    Object.assign(subject, {
      points: subject.points + asked - cost,
      until: now + LEASE_MS,
      ahead,
      left: taken.left,
      fullAt: now + taken.fullInMs,
    });
  }

  #ratesOf(principal: Principal): SharedRates | null {
    return isService(principal) ? this.#ofServices : this.#ofUsers;
  }

  #newSubject(key: string): Subject {
    const subject: Subject = {
      points: 0,
      until: 0,
      ahead: 0,
      refused: { cost: 0, until: 0 },
      left: 0,
      fullAt: 0,
      turn: Promise.resolve(),
    };
    this.#remember(key, subject);
    return subject;
  }

  #remember(key: string, subject: Subject): void {
    this.#subjects.delete(key);
    this.#subjects.set(key, subject);
    if (this.#subjects.size <= MAX_SUBJECTS) return;
    const [oldest] = this.#subjects.keys();
    if (oldest !== undefined) this.#subjects.delete(oldest);
  }
}

/** Service tokens have buckets of their own, whatever users are called. A space holds no slash. */
const keyOf = (principal: Principal, kind: RateKind): string =>
  `${kind}/${isService(principal) ? 'service' : 'user'}/${principal.space}/${principal.sub}`;

const refusal = (kind: RateKind, retryAfterMs: number): HubError =>
  rateLimited(
    kind === 'log' ? 'too many actions were logged under this token' : 'too many calls came under this token',
    retryAfterMs,
  );
