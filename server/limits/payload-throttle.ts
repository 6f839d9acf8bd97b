/**
 * Throttles large payloads. Reading one costs the event loop milliseconds before and after it is accepted: JSON for the garbage
 * collector, checks, a long command to Redis. So while other spaces have work at this gateway, large payloads are
 * read one after the other, at a pace that leaves half of the event loop to everything else. Spaces take turns, and within a
 * space its users and backends do (decision 45).
 */
import { isService, type Principal } from '../../core/access.ts';
import { type HubError, overloaded, rateLimited } from '../../core/errors.ts';
import type { RecentSpaces } from '../../infra/recent-spaces.ts';
import { limits } from '../../protocol/limits.ts';
import { type BeginNext, Pace } from '../pace.ts';
import { Rotation } from '../rotation.ts';

/** Bytes. A smaller payload costs little more than any call. */
export const THROTTLED_BYTES = 2_048;
/**
 * However busy the event loop is, a payload of each space is read every so many milliseconds; but of all spaces no more often than
 * the minimum. One space that floods is slowed down, many that send a little each are not.
 */
const PACE_MS = { space: 50, min: 5 };
/** A payload that waited for so long is refused: clients give up after about ten seconds, and would send it again. */
const MAX_WAIT_MS = 5_000;
/**
 * Payloads that wait: of one user, of all users of one space, of one space, of all spaces. The last bound refuses no payload of
 * a space that has fewer than its share waiting, so that flooded spaces leave room for the others. Users leave room for the
 * backends of their space everywhere.
 */
const MAX_WAITING = { user: 10, users: 200, space: 250, all: 500 };
const SHARE = { users: 5, space: 10 };
/**
 * Bytes of payloads that are in memory while they wait, of all users of one space and of one space. Parsed, a payload takes up to
 * 13 times as many.
 */
const MAX_HELD = { users: limits.payload, space: 2 * limits.payload };
const RETRY_MS = 1_000;

export interface Waiting {
  /** Bytes of the payload. */
  bytes: number;
  /** Whether it is in memory already, and not in the network's buffers. */
  isHeld?: boolean;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
  /** Called if it has to wait. */
  onWait?: () => void;
}

interface Waiter extends Waiting {
  /** Of a user, not of a backend. */
  isOfUser: boolean;
  begin(): void;
  fail(error: unknown): void;
}

/** What waits of one space. */
class SpaceLine {
  /** By subject. */
  readonly waiters = new Rotation<Waiter>();
  /** Payloads, and bytes of those that are in memory: of users, and of users and backends. */
  readonly users = { waiting: 0, held: 0 };
  readonly space = { waiting: 0, held: 0 };

  count({ isOfUser, isHeld, bytes }: Waiter, sign: 1 | -1): void {
    for (const counts of isOfUser ? [this.users, this.space] : [this.space]) {
      counts.waiting += sign;
      if (isHeld) counts.held += sign * bytes;
    }
  }

  /** `isCrowded`: the spaces together have no place left. */
  hasRoom({ bytes, isHeld }: Waiting, isOfUser: boolean, isCrowded: boolean): boolean {
    return (isOfUser ? (['users', 'space'] as const) : (['space'] as const)).every((of) => {
      const { waiting, held } = this[of];
      const max = isCrowded ? SHARE[of] : MAX_WAITING[of];
      return waiting < max && (!isHeld || held + bytes <= MAX_HELD[of]);
    });
  }
}

export class PayloadThrottle {
  readonly #recent: RecentSpaces;
  readonly #pace: { wake(): void };
  /** Of each space that has some. The space whose turn it is comes first. */
  readonly #spaces = new Map<string, SpaceLine>();
  #size = 0;
  #closed: HubError | null = null;

  /** `recent`: the spaces that have work at this gateway. */
  constructor(
    recent: RecentSpaces,
    paceOf = (given: { maxWaitMs: () => number; beginNext: BeginNext }): { wake(): void } => new Pace(given),
  ) {
    this.#recent = recent;
    this.#pace = paceOf({
      maxWaitMs: () => Math.max(PACE_MS.min, PACE_MS.space / Math.max(1, this.#spaces.size)),
      beginNext: () => this.#beginNext(),
    });
  }

  /**
   * Waits until a payload may be read; a small one, or one of a space that is alone, may be read immediately.
   * @throws HubError overloaded, or rate_limited where the user's own payloads are too many; the signal's reason where the
   * client left first
   */
  async enter(principal: Principal, waiting: Waiting): Promise<void> {
    const { space } = principal;
    if (waiting.bytes < THROTTLED_BYTES) return;
    if (!this.#recent.hasOther(space)) return this.#release(space);
    waiting.signal.throwIfAborted();
    if (this.#closed) throw this.#closed;
    this.#checkRoom(principal, waiting);
    waiting.onWait?.();
    await this.#wait(principal, waiting);
  }

  /** Refuses everything that waits, and whatever would have to from now on. */
  close(reason: HubError): void {
    this.#closed = reason;
    for (const space of [...this.#spaces.keys()]) this.#each(space, (waiter) => waiter.fail(reason));
  }

  #checkRoom(principal: Principal, waiting: Waiting): void {
    const { space, sub } = principal;
    const isOfUser = !isService(principal);
    const line = this.#spaces.get(space) ?? new SpaceLine();
    if (isOfUser && line.waiters.sizeOf(sub) >= MAX_WAITING.user) {
      throw rateLimited('too many of your large payloads wait to be read', retryAfterMs());
    }
    if (!line.hasRoom(waiting, isOfUser, this.#size >= MAX_WAITING.all)) throw refusal();
  }

  #wait(principal: Principal, waiting: Waiting): Promise<void> {
    const { space, sub } = principal;
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        waiting.signal.removeEventListener('abort', abandon);
        this.#remove(space, sub, waiter);
      };
      const waiter: Waiter = {
        ...waiting,
        isOfUser: !isService(principal),
        begin: () => {
          leave();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abandon = () => waiter.fail(waiting.signal.reason);
      const timer = setTimeout(() => waiter.fail(refusal()), MAX_WAIT_MS);
      waiting.signal.addEventListener('abort', abandon);
      this.#add(space, sub, waiter);
      this.#pace.wake();
    });
  }

  #add(space: string, subject: string, waiter: Waiter): void {
    const line = this.#spaces.get(space) ?? new SpaceLine();
    this.#spaces.set(space, line);
    line.waiters.add(subject, waiter);
    line.count(waiter, 1);
    this.#size += 1;
  }

  /** Does nothing to one that has been taken out. */
  #remove(space: string, subject: string, waiter: Waiter): void {
    const line = this.#spaces.get(space);
    if (line?.waiters.delete(subject, waiter)) this.#taken(space, line, waiter);
  }

  #taken(space: string, line: SpaceLine, waiter: Waiter): void {
    this.#size -= 1;
    line.count(waiter, -1);
    if (line.waiters.size === 0) this.#spaces.delete(space);
  }

  #beginNext(): boolean {
    const [first] = this.#spaces;
    if (!first) return false;
    const [space, line] = first;
    // Behind the other spaces.
    this.#spaces.delete(space);
    this.#spaces.set(space, line);
    const waiter = this.#take(space);
    waiter?.begin();
    return waiter !== undefined;
  }

  #take(space: string): Waiter | undefined {
    const line = this.#spaces.get(space);
    const waiter = line?.waiters.next();
    if (line && waiter) this.#taken(space, line, waiter);
    return waiter;
  }

  /** A space that is alone has nobody to give way to. */
  #release(space: string): void {
    this.#each(space, (waiter) => waiter.begin());
  }

  #each(space: string, end: (waiter: Waiter) => void): void {
    for (let waiter = this.#take(space); waiter; waiter = this.#take(space)) end(waiter);
  }
}

const refusal = (): HubError =>
  overloaded('too many large payloads wait to be read; retry later', retryAfterMs());

/** Not the same for all, so that they do not return together. */
const retryAfterMs = (): number => Math.round(RETRY_MS * (1 + Math.random()));
