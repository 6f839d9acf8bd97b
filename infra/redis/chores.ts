import type { Redis } from 'ioredis';
import type { Bus } from '../../core/ports/bus.ts';
import {
  type Chore,
  type Chores,
  choreName,
  choreOf,
  type Owed,
  type TakenChore,
} from '../../core/ports/queue.ts';
import { Remembered } from '../remembered.ts';
import { askedKey, lateKey, owedKey, owedMember } from './keys.ts';
import { doneScript, dueScript, lateScript, leaseScript, readyScript, takeScript } from './owed.ts';

/** Longer than calls write; whoever waits for what a dead caller left waits no longer than this and a sweep. */
const LEASE_US = 3_000_000;
/** After a lease ran out: longer than any write is under way. */
const LATE_US = 60_000_000;
/** Chores handled by one script, which lets nobody else in meanwhile. */
const AT_ONCE = 1_000;

/** Chores asked for lately that are kept in mind, and how long. */
const REMEMBERED = { most: 10_000, ms: 600_000 };

/** A chore that may be begun. */
export interface DueChore {
  space: string;
  name: string;
}

/** Wakes whoever does these chores. */
export type WakeChores = (due: readonly DueChore[]) => void;

type Keys = [owed: string, asked: string];
type LateKeys = [...Keys, late: string];
interface Scripts {
  hubbubLease(...argv: [...Keys, number, ...string[]]): Promise<string[]>;
  hubbubReady(...argv: [...Keys, ...Array<string | number>]): Promise<number>;
  hubbubTake(...argv: [...LateKeys, string, number]): Promise<string[]>;
  hubbubLate(...argv: [...LateKeys, number]): Promise<number>;
  hubbubDue(owed: string, skip: number, limit: number): Promise<string[]>;
  hubbubDone(...argv: [...Keys, ...Array<string | number>]): Promise<number[]>;
}

/** Chores of all spaces, in Redis (decision 14). */
export class RedisChores implements Chores {
  readonly #redis: Redis & Scripts;
  readonly #bus: Bus;
  readonly #wake: WakeChores;
  readonly #remembered = new Remembered<DueChore>(REMEMBERED.most, REMEMBERED.ms);

  constructor(redis: Redis, bus: Bus, wake: WakeChores) {
    redis.defineCommand('hubbubLease', { numberOfKeys: 2, lua: leaseScript });
    redis.defineCommand('hubbubReady', { numberOfKeys: 2, lua: readyScript });
    redis.defineCommand('hubbubTake', { numberOfKeys: 3, lua: takeScript });
    redis.defineCommand('hubbubLate', { numberOfKeys: 3, lua: lateScript });
    redis.defineCommand('hubbubDue', { numberOfKeys: 1, lua: dueScript });
    redis.defineCommand('hubbubDone', { numberOfKeys: 2, lua: doneScript });
    this.#redis = redis as Redis & Scripts;
    this.#bus = bus;
    this.#wake = wake;
  }

  async lease(space: string, chores: readonly Chore[]): Promise<Owed[]> {
    const owed: Owed[] = [];
    for (let start = 0; start < chores.length; start += AT_ONCE) {
      const some = chores.slice(start, start + AT_ONCE).map((chore) => ({ chore, name: choreName(chore) }));
      const members = some.map(({ name }) => owedMember(space, name));
      for (const { name } of some) this.#remembered.add(owedMember(space, name), { space, name });
      const stamps = await this.#redis.hubbubLease(owedKey, askedKey, LEASE_US, ...members);
      owed.push(...some.map((each, index) => ({ ...each, stamp: Number(stamps[index]) })));
    }
    return owed;
  }

  async ready(space: string, owed: readonly Owed[]): Promise<void> {
    for (let start = 0; start < owed.length; start += AT_ONCE) {
      const some = owed.slice(start, start + AT_ONCE);
      const argv = some.flatMap(({ name, stamp }) => [owedMember(space, name), stamp]);
      await this.#redis.hubbubReady(owedKey, askedKey, ...argv);
      // Not awaited: they are owed, and what nobody was woken for is swept up.
      this.#wake(some.map(({ name }) => ({ space, name })));
    }
  }

  async done(space: string, owed: Owed): Promise<boolean> {
    return (await this.#done(space, [owed])).length > 0;
  }

  async doneAll(space: string, owed: readonly Owed[]): Promise<void> {
    for (let start = 0; start < owed.length; start += AT_ONCE) {
      await this.#done(space, owed.slice(start, start + AT_ONCE));
    }
  }

  /** The chore as it is to be done now; `null` where nobody waits for it, or only its lease holder may begin. */
  async take({ space, name }: DueChore): Promise<TakenChore | null> {
    const member = owedMember(space, name);
    const [stamp, begun] = await this.#redis.hubbubTake(owedKey, askedKey, lateKey, member, LATE_US);
    if (stamp === undefined) return null;
    this.#remembered.add(member, { space, name });
    return { name, chore: choreOf(name), stamp: Number(stamp), begun: Number(begun) };
  }

  /** Answers the names of those that are no longer owed. */
  async #done(space: string, owed: readonly Owed[]): Promise<string[]> {
    const argv = owed.flatMap(({ name, stamp }) => [owedMember(space, name), stamp]);
    const done = await this.#redis.hubbubDone(owedKey, askedKey, ...argv);
    const ids = owed.flatMap(({ name }, index) => (done[index] === 1 ? [name] : []));
    for (const name of ids) this.#remembered.remove(owedMember(space, name));
    if (ids.length > 0) await this.#bus.publish(space, { kind: 'settled', ids });
    return ids;
  }

  /**
   * Asks anew for every chore that this process leased or began lately and does not know to be done: Redis forgot them. A
   * chore follows from what is stored, so one that is done twice changes nothing.
   */
  async askAgain(): Promise<number> {
    const all = this.#remembered.all();
    for (const { space, name } of all) await this.ready(space, [{ name, chore: choreOf(name), stamp: 0 }]);
    return all.length;
  }

  /** Chores whose time has come, the longest waiting first, at most `limit` behind the first `skip`. */
  async due(skip: number, limit: number): Promise<DueChore[]> {
    if (skip === 0) await this.#redis.hubbubLate(owedKey, askedKey, lateKey, AT_ONCE);
    const members = await this.#redis.hubbubDue(owedKey, skip, limit);
    return members.map((member) => {
      const blank = member.indexOf(' ');
      return { space: member.slice(0, blank), name: member.slice(blank + 1) };
    });
  }
}
