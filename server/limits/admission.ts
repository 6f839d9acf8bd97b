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
import { type Release, type SlotBounds, type SlotRequest, Slots } from './slots.ts';

const MIB = 1_048_576;

/**
 * A gateway has 20 connections to MongoDB. One user's calls occupy at most 12 of them. Calls of all users with large responses
 * occupy at most 12 (4 of them first pages, 3 of one space), and heavy calls at most 8. One socket runs two calls with large
 * responses at a time, because only a sent response shows whether the client reads. A backend often acts for all of an
 * application's users, so its calls may occupy every connection, and more of them may wait. The queues hold as many calls as
 * a burst of the default rates.
 */
const bounds = {
  connection: { active: 8, waiting: 2_000, bytes: 4 * MIB },
  largeOfConnection: { active: 2, waiting: 2_000, bytes: 4 * MIB },
  user: { active: 12, waiting: 2_000, bytes: 8 * MIB },
  service: { active: 64, waiting: 10_000, bytes: 64 * MIB },
  large: { active: 8, waiting: 10_000, bytes: 32 * MIB },
  heavyOfUser: { active: 2, waiting: 100, bytes: 4 * MIB },
  heavy: { active: 8, waiting: 1_000, bytes: 32 * MIB },
  pageOfSpace: { active: 3, waiting: 20_000, bytes: 16 * MIB },
  page: { active: 4, waiting: 20_000, bytes: 32 * MIB },
} as const satisfies Record<string, SlotBounds>;

export interface Caller {
  principal: Principal;
  /** The socket, which limits its concurrent calls. HTTP requests have none. */
  connection?: object;
  /** Aborted when the client disconnects. */
  signal: AbortSignal;
}

export interface Admitted {
  /** `null` if the subject is not limited. */
  quota: Quota | null;
  release: Release;
}

export interface AdmissionDeps {
  rates: Rates;
  overloads: Overloads;
  /** Returns true if the subject used this idempotency key. */
  isKnownKey: ActionQueue['isKeyUsed'];
  throttle: PayloadThrottle;
  /** Records which spaces are active at this gateway. */
  recent: RecentSpaces;
  /** Counts a rejection. */
  onRejected: (reason: RefusalReason) => void;
}

export class Admission {
  readonly #rates: Rates;
  readonly #overloads: Overloads;
  readonly #throttle: PayloadThrottle;
  readonly #recent: RecentSpaces;
  readonly #isKnownKey: ActionQueue['isKeyUsed'];
  readonly #onRejected: (reason: RefusalReason) => void;
  readonly #connections = new Slots<object>(bounds.connection);
  readonly #largeOfConnections = new Slots<object>(bounds.largeOfConnection);
  readonly #large = new Slots<'all'>(bounds.large);
  readonly #users = new Slots<string>(bounds.user);
  readonly #services = new Slots<string>(bounds.service);
  readonly #heavyOfUsers = new Slots<string>(bounds.heavyOfUser);
  readonly #heavy = new Slots<'all'>(bounds.heavy);
  readonly #pagesOfSpaces = new Slots<string>(bounds.pageOfSpace);
  readonly #pages = new Slots<'all'>(bounds.page);

  constructor({ rates, overloads, throttle, recent, isKnownKey, onRejected }: AdmissionDeps) {
    this.#rates = rates;
    this.#overloads = overloads;
    this.#throttle = throttle;
    this.#recent = recent;
    this.#isKnownKey = isKnownKey;
    this.#onRejected = onRejected;
  }

  policyOf(principal: Principal): Record<RateKind, Bucket> | null {
    return this.#rates.policyOf(principal);
  }

  /** Rejects a call that is known to exceed its rate, before its body is read. @throws HubError rate_limited */
  check(principal: Principal, cost: Cost, query: CallInput['query']): void {
    this.#runCounted(`rate_${cost.kind}`, () =>
      this.#rates.check(principal, cost.kind, cost.price({ query, body: undefined }).points),
    );
  }

  /**
   * Rejects a large payload before it is read, if its space was overloaded a moment ago. A repeat under a known idempotency key
   * passes, because it adds nothing to the backlog.
   * @throws HubError overloaded
   */
  async checkBacklog({ space, sub, call }: Principal, key?: string): Promise<void> {
    const bytes = call?.bytes ?? 0;
    if (!this.#overloads.mayReject(space, bytes)) return;
    if (key !== undefined && (await this.#isKnownKey(space, sub, key))) return;
    try {
      this.#overloads.check(space, bytes);
    } catch (error) {
      this.#onRejected('overload');
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
      await this.#throttle.enter(principal, payload);
    } catch (error) {
      if (error instanceof HubError && error.code !== 'unavailable') this.#onRejected('throttle');
      throw error;
    }
  }

  /** Records that the space is active at this gateway: a call, or a push to a connected user. */
  recordActivity(space: string): void {
    this.#recent.record(space);
  }

  /** Returns true if `checkBacklog` may reject a payload of the call's size now. */
  isOverloaded({ space, call }: Principal): boolean {
    return this.#overloads.mayReject(space, call?.bytes ?? 0);
  }

  /** Charges the call's points. @throws HubError rate_limited */
  charge(principal: Principal, cost: Cost, input: CallInput): Promise<Quota | null> {
    const charging = this.#rates.take(principal, cost.kind, cost.price(input).points);
    return this.#awaitCounted(`rate_${cost.kind}`, charging);
  }

  /**
   * Charges the call's points and waits for its slots. The caller must call `release` when the call's work ends.
   * @throws HubError rate_limited; the signal's reason if the client disconnects first
   */
  async enter(caller: Caller, cost: Cost, input: CallInput, bytes: number): Promise<Admitted> {
    const quota = await this.charge(caller.principal, cost, input);
    this.recordActivity(caller.principal.space);
    const release = await this.#awaitCounted('slots', this.#acquireSlots(caller, cost.price(input), bytes));
    return { quota, release };
  }

  /** Acquires the scarce slots (heavy, large) first, so that a call that waits for one holds no common slot. */
  async #acquireSlots(caller: Caller, { isHeavy, isLarge, isPage }: Price, bytes: number): Promise<Release> {
    const { principal, connection, signal } = caller;
    const slotRequest: SlotRequest = { bytes, signal };
    const subject = `${principal.space}/${principal.sub}`;
    const isOfService = isService(principal);
    const releases: Release[] = [];
    const release = () => {
      for (const each of releases) each();
    };
    try {
      if (isHeavy && !isOfService) {
        releases.push(await this.#heavyOfUsers.enter(subject, slotRequest));
        releases.push(await this.#heavy.enter('all', slotRequest));
      }
      if (isLarge && !isOfService) {
        if (connection) releases.push(await this.#largeOfConnections.enter(connection, slotRequest));
        if (!isPage) releases.push(await this.#large.enter('all', slotRequest));
      }
      if (connection && !isOfService) releases.push(await this.#connections.enter(connection, slotRequest));
      releases.push(await (isOfService ? this.#services : this.#users).enter(subject, slotRequest));
      // Pages use these slots instead of the large ones. They come last: many users ask at once, and each should hold few slots.
      if (isPage && !isOfService) {
        releases.push(await this.#pagesOfSpaces.enter(principal.space, slotRequest));
        releases.push(await this.#pages.enter('all', slotRequest));
      }
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  #runCounted(reason: RefusalReason, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#countRejection(reason, error);
      throw error;
    }
  }

  async #awaitCounted<T>(reason: RefusalReason, promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      this.#countRejection(reason, error);
      throw error;
    }
  }

  #countRejection(reason: RefusalReason, error: unknown): void {
    if (error instanceof HubError && error.code === 'rate_limited') this.#onRejected(reason);
  }
}
