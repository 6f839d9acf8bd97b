/**
 * Admission control for calls: first the rate limit of the subject, then concurrency slots (decision 30). A call may need a slot
 * of its connection, of its subject, and one of the few slots for heavy calls. It keeps its slots until its work ends, even
 * after the client has disconnected.
 */
import { isService, type Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import type { ActionQueue } from '../../core/ports/queue.ts';
import type { RefusalReason } from '../../infra/metrics.ts';
import type { RecentSpaces } from '../../infra/recent-spaces.ts';
import type { Bucket } from '../../infra/redis/rates.ts';
import type { CallInput, Cost, Price, RateKind } from './costs.ts';
import type { Overloads } from './overloads.ts';
import type { PayloadThrottle, ThrottledPayload } from './payload-throttle.ts';
import type { Quota, Rates } from './rates.ts';
import { type Release, Slots } from './slots.ts';

const MIB = 1_048_576;

export interface Caller {
  principal: Principal;
  /** The socket, which limits its concurrent calls. HTTP requests have none. */
  connection?: object;
  /** Aborted when the client disconnects. */
  signal: AbortSignal;
}

interface AdmissionDeps {
  rates: Rates;
  overloads: Overloads;
  /** Returns true if the subject used this idempotency key. */
  isKnownKey: ActionQueue['isKeyUsed'];
  throttle: PayloadThrottle;
  recent: RecentSpaces;
  onRejected: (reason: RefusalReason) => void;
}

export class Admission {
  readonly #deps: AdmissionDeps;
  /**
   * A gateway has 20 connections to MongoDB. One user's calls occupy at most 12 of them. Calls of all users with large responses
   * occupy at most 12 (4 of them first pages, 3 of one space), and heavy calls at most 8. One socket runs two calls with large
   * responses at a time, because only a sent response shows whether the client reads. A backend often acts for all of an
   * application's users, so its calls may occupy every connection, and more of them may wait. The queues hold as many calls as
   * a burst of the default rates.
   */
  readonly #slots = {
    connection: new Slots<object>({ active: 8, waiting: 2_000, bytes: 4 * MIB }),
    largeOfConnection: new Slots<object>({ active: 2, waiting: 2_000, bytes: 4 * MIB }),
    user: new Slots<string>({ active: 12, waiting: 2_000, bytes: 8 * MIB }),
    service: new Slots<string>({ active: 64, waiting: 10_000, bytes: 64 * MIB }),
    large: new Slots<'all'>({ active: 8, waiting: 10_000, bytes: 32 * MIB }),
    heavyOfUser: new Slots<string>({ active: 2, waiting: 100, bytes: 4 * MIB }),
    heavy: new Slots<'all'>({ active: 8, waiting: 1_000, bytes: 32 * MIB }),
    pageOfSpace: new Slots<string>({ active: 3, waiting: 20_000, bytes: 16 * MIB }),
    page: new Slots<'all'>({ active: 4, waiting: 20_000, bytes: 32 * MIB }),
  };

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
  }

  policyOf(principal: Principal): Record<RateKind, Bucket> | null {
    return this.#deps.rates.policyOf(principal);
  }

  /** Rejects a call that is known to exceed its rate, before its body is read. @throws HubError rate_limited */
  async check(principal: Principal, { kind, price }: Cost, query: CallInput['query']): Promise<void> {
    const { points } = price({ query, body: undefined });
    await this.#counted(`rate_${kind}`, async () => this.#deps.rates.check(principal, kind, points));
  }

  /**
   * Rejects a large payload before it is read, if its space was overloaded a moment ago. A repeat under a known idempotency key
   * passes, because it adds nothing to the backlog.
   * @throws HubError overloaded
   */
  async checkBacklog({ space, sub, call }: Principal, key?: string): Promise<void> {
    const { overloads, isKnownKey, onRejected } = this.#deps;
    const bytes = call?.bytes ?? 0;
    if (!overloads.mayReject(space, bytes)) return;
    if (key !== undefined && (await isKnownKey(space, sub, key))) return;
    try {
      overloads.check(space, bytes);
    } catch (error) {
      onRejected('overload');
      throw error;
    }
  }

  /**
   * Waits until the payload may be read. Large payloads yield to other spaces.
   * @throws HubError overloaded or rate_limited if too many wait, unavailable during shutdown; the signal's reason if the client
   * disconnects first
   */
  async waitToRead(principal: Principal, payload: ThrottledPayload): Promise<void> {
    try {
      await this.#deps.throttle.enter(principal, payload);
    } catch (error) {
      if (error instanceof HubError && error.code !== 'unavailable') this.#deps.onRejected('throttle');
      throw error;
    }
  }

  /** Records that the space is active at this gateway: a call, or a push to a connected user. */
  recordActivity(space: string): void {
    this.#deps.recent.record(space);
  }

  /** Returns true if there were calls or pushes recently. */
  get isActive(): boolean {
    return this.#deps.recent.hasAny;
  }

  /** Returns true if `checkBacklog` may reject a payload of the call's size now. */
  isOverloaded({ space, call }: Principal): boolean {
    return this.#deps.overloads.mayReject(space, call?.bytes ?? 0);
  }

  /** Charges the call's points. @throws HubError rate_limited */
  charge(principal: Principal, { kind, price }: Cost, input: CallInput): Promise<Quota | null> {
    return this.#counted(`rate_${kind}`, () => this.#deps.rates.take(principal, kind, price(input).points));
  }

  /**
   * Charges the call's points and waits for its slots. The caller must call `release` when the call's work ends. `quota` is
   * `null` if the subject is not limited.
   * @throws HubError rate_limited; the signal's reason if the client disconnects first
   */
  async enter(caller: Caller, cost: Cost, input: CallInput, bytes: number) {
    const quota = await this.charge(caller.principal, cost, input);
    this.recordActivity(caller.principal.space);
    const release = await this.#counted('slots', () => this.#acquireSlots(caller, cost.price(input), bytes));
    return { quota, release };
  }

  /** Acquires the scarce slots (heavy, large) first, so that a call that waits for one holds no common slot. */
  async #acquireSlots(caller: Caller, { isHeavy, isLarge, isPage }: Price, bytes: number): Promise<Release> {
    const { principal, connection, signal } = caller;
    const subject = `${principal.space}/${principal.sub}`;
    const slots = this.#slots;
    const releases: Release[] = [];
    const release = () => {
      for (const each of releases) each();
    };
    const take = async <Name>(of: Slots<Name>, name: Name) => {
      releases.push(await of.enter(name, { bytes, signal }));
    };
    try {
      if (isService(principal)) {
        await take(slots.service, subject);
        return release;
      }
      if (isHeavy) {
        await take(slots.heavyOfUser, subject);
        await take(slots.heavy, 'all');
      }
      if (isLarge && connection) await take(slots.largeOfConnection, connection);
      if (isLarge && !isPage) await take(slots.large, 'all');
      if (connection) await take(slots.connection, connection);
      await take(slots.user, subject);
      // Pages use these slots instead of the large ones. They come last: many users ask at once, and each should hold few slots.
      if (isPage) {
        await take(slots.pageOfSpace, principal.space);
        await take(slots.page, 'all');
      }
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Counts the rejection if the work is `rate_limited`. */
  async #counted<T>(reason: RefusalReason, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HubError && error.code === 'rate_limited') this.#deps.onRejected(reason);
      throw error;
    }
  }
}
