/**
 * Lets a call in: its rate by subject, then a slot (decision 30). A slot is of the connection, of the subject, and of the few
 * heavy calls; it is held as long as the call works, also after its client left.
 */
import { isService, type Principal } from '../../core/access.ts';
import { HubError } from '../../core/errors.ts';
import type { ActionQueue } from '../../core/ports/queue.ts';
import type { RefusalReason } from '../../infra/metrics.ts';
import type { RecentSpaces } from '../../infra/recent-spaces.ts';
import type { Bucket } from '../../infra/redis/rates.ts';
import type { CallInput, Cost, Price, RateKind } from './costs.ts';
import type { Overloads } from './overloads.ts';
import type { PayloadThrottle, Waiting as WaitingPayload } from './payload-throttle.ts';
import type { Quota, Rates } from './rates.ts';
import { type Release, type SlotBounds, Slots, type Waiting } from './slots.ts';

const MIB = 1_048_576;

/**
 * A gateway has 20 connections to MongoDB. One user's calls occupy at most 12 of them, calls of all users with large answers at
 * most 12 (4 of them first pages, 3 of one space), heavy ones at most 8. Of one socket two calls with large answers are at
 * work: whether the client reads is seen when they are answered. A backend often speaks for all of an application's users: its
 * calls may occupy every connection, and more of them wait. As many calls may wait as a burst of the default rates holds.
 */
const bounds = {
  connection: { atWork: 8, waiting: 2_000, bytes: 4 * MIB },
  largeOfConnection: { atWork: 2, waiting: 2_000, bytes: 4 * MIB },
  user: { atWork: 12, waiting: 2_000, bytes: 8 * MIB },
  service: { atWork: 64, waiting: 10_000, bytes: 64 * MIB },
  large: { atWork: 8, waiting: 10_000, bytes: 32 * MIB },
  heavyOfUser: { atWork: 2, waiting: 100, bytes: 4 * MIB },
  heavy: { atWork: 8, waiting: 1_000, bytes: 32 * MIB },
  pageOfSpace: { atWork: 3, waiting: 20_000, bytes: 16 * MIB },
  page: { atWork: 4, waiting: 20_000, bytes: 32 * MIB },
} as const satisfies Record<string, SlotBounds>;

export interface Caller {
  principal: Principal;
  /** The socket, of which few calls run at once. Requests over HTTP have none. */
  connection?: object;
  /** Aborted when the client has left. */
  signal: AbortSignal;
}

export interface Admitted {
  /** `null`: the subject is not limited. */
  quota: Quota | null;
  release: Release;
}

export interface AdmissionDeps {
  rates: Rates;
  overloads: Overloads;
  /** Whether the subject used an idempotency key. */
  isKnown: ActionQueue['knows'];
  throttle: PayloadThrottle;
  /** Learns which spaces have work at this gateway. */
  recent: RecentSpaces;
  /** Counts a refusal. */
  refused: (reason: RefusalReason) => void;
}

export class Admission {
  readonly #rates: Rates;
  readonly #overloads: Overloads;
  readonly #throttle: PayloadThrottle;
  readonly #recent: RecentSpaces;
  readonly #isKnown: ActionQueue['knows'];
  readonly #refused: (reason: RefusalReason) => void;
  readonly #connections = new Slots<object>(bounds.connection);
  readonly #largeOfConnections = new Slots<object>(bounds.largeOfConnection);
  readonly #large = new Slots<'all'>(bounds.large);
  readonly #users = new Slots<string>(bounds.user);
  readonly #services = new Slots<string>(bounds.service);
  readonly #heavyOfUsers = new Slots<string>(bounds.heavyOfUser);
  readonly #heavy = new Slots<'all'>(bounds.heavy);
  readonly #pagesOfSpaces = new Slots<string>(bounds.pageOfSpace);
  readonly #pages = new Slots<'all'>(bounds.page);

  constructor({ rates, overloads, throttle, recent, isKnown, refused }: AdmissionDeps) {
    this.#rates = rates;
    this.#overloads = overloads;
    this.#throttle = throttle;
    this.#recent = recent;
    this.#isKnown = isKnown;
    this.#refused = refused;
  }

  policyOf(principal: Principal): Record<RateKind, Bucket> | null {
    return this.#rates.policyOf(principal);
  }

  /** Refuses early, before a body is read, what is known to be beyond its rate. @throws HubError rate_limited */
  check(principal: Principal, cost: Cost, query: CallInput['query']): void {
    this.#counted(`rate_${cost.kind}`, () =>
      this.#rates.check(principal, cost.kind, cost.of({ query, body: undefined }).points),
    );
  }

  /**
   * Refuses what is large and comes to a space that was overloaded a moment ago, before it is read; not a repeat under a known
   * key, which takes no place. @throws HubError overloaded
   */
  async checkBacklog({ space, sub, call }: Principal, key?: string): Promise<void> {
    const bytes = call?.bytes ?? 0;
    if (!this.#overloads.mayRefuse(space, bytes)) return;
    if (key !== undefined && (await this.#isKnown(space, sub, key))) return;
    try {
      this.#overloads.check(space, bytes);
    } catch (error) {
      this.#refused('overload');
      throw error;
    }
  }

  /**
   * Waits until a payload may be read: a large one has to give way to other spaces.
   * @throws HubError overloaded or rate_limited where too many wait, unavailable while the gateway closes; the signal's reason
   * where the client left first
   */
  async mayRead(principal: Principal, payload: WaitingPayload): Promise<void> {
    try {
      await this.#throttle.enter(principal, payload);
    } catch (error) {
      if (error instanceof HubError && error.code !== 'unavailable') this.#refused('throttle');
      throw error;
    }
  }

  /** A space has work at this gateway: a call, or a push to somebody who is connected. */
  noteWork(space: string): void {
    this.#recent.note(space);
  }

  /** Whether `checkBacklog` may refuse a payload of the call's size now. */
  isOverloaded({ space, call }: Principal): boolean {
    return this.#overloads.mayRefuse(space, call?.bytes ?? 0);
  }

  /** Takes the call's points. @throws HubError rate_limited */
  charge(principal: Principal, cost: Cost, input: CallInput): Promise<Quota | null> {
    const taking = this.#rates.take(principal, cost.kind, cost.of(input).points);
    return this.#counting(`rate_${cost.kind}`, taking);
  }

  /**
   * Takes the call's points and waits for its turn. `release` must be called when the call does not work any more.
   * @throws HubError rate_limited; the signal's reason where the client left first
   */
  async enter(caller: Caller, cost: Cost, input: CallInput, bytes: number): Promise<Admitted> {
    const quota = await this.charge(caller.principal, cost, input);
    this.noteWork(caller.principal.space);
    const release = await this.#counting('slots', this.#slot(caller, cost.of(input), bytes));
    return { quota, release };
  }

  /** Heavy and large calls first, so that what waits for one of the few holds none of the many. */
  async #slot(caller: Caller, { isHeavy, isLarge, isPage }: Price, bytes: number): Promise<Release> {
    const { principal, connection, signal } = caller;
    const waiting: Waiting = { bytes, signal };
    const subject = `${principal.space}/${principal.sub}`;
    const isOfService = isService(principal);
    const held: Release[] = [];
    const release = () => {
      for (const each of held) each();
    };
    try {
      if (isHeavy && !isOfService) {
        held.push(await this.#heavyOfUsers.enter(subject, waiting));
        held.push(await this.#heavy.enter('all', waiting));
      }
      if (isLarge && !isOfService) {
        if (connection) held.push(await this.#largeOfConnections.enter(connection, waiting));
        if (!isPage) held.push(await this.#large.enter('all', waiting));
      }
      if (connection && !isOfService) held.push(await this.#connections.enter(connection, waiting));
      held.push(await (isOfService ? this.#services : this.#users).enter(subject, waiting));
      // These instead of the slots for large answers, and last: they come from many users at once, of each of whom few should wait.
      if (isPage && !isOfService) {
        held.push(await this.#pagesOfSpaces.enter(principal.space, waiting));
        held.push(await this.#pages.enter('all', waiting));
      }
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  #counted(reason: RefusalReason, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#count(reason, error);
      throw error;
    }
  }

  async #counting<T>(reason: RefusalReason, entering: Promise<T>): Promise<T> {
    try {
      return await entering;
    } catch (error) {
      this.#count(reason, error);
      throw error;
    }
  }

  #count(reason: RefusalReason, error: unknown): void {
    if (error instanceof HubError && error.code === 'rate_limited') this.#refused(reason);
  }
}
