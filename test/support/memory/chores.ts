import type { Bus, Now } from '../../../core/ports/bus.ts';
import {
  type Chore,
  type Chores,
  choreName,
  choreOf,
  type Owed,
  type TakenChore,
} from '../../../core/ports/queue.ts';

const LEASE_US = 10_000_000;
const LATE_US = 60_000_000;

interface Asked {
  begun: number;
  /** 0 where workers may not begin. */
  ready: number;
  leases: number[];
}

/** Chores of all spaces; stamps and leases as in Redis, each call atomic as its scripts are. */
export class MemoryChores implements Chores {
  readonly #asked = new Map<string, Asked>();
  #late: Array<{ space: string; name: string; begun: number; at: number }> = [];
  readonly #bus: Bus;
  readonly #now: Now;
  readonly #position: (space: string) => number;

  /** `position`: one later than all before. */
  constructor(bus: Bus, now: Now, position: (space: string) => number) {
    this.#bus = bus;
    this.#now = now;
    this.#position = position;
  }

  async lease(space: string, chores: readonly Chore[]): Promise<Owed[]> {
    return chores.map((chore) => {
      const name = choreName(chore);
      const { begun, ready, leases } = this.#of(space, name);
      const stamp = Math.max(this.#micros() + LEASE_US, ...leases.map((lease) => lease + 1));
      this.#save(space, name, { begun, ready, leases: [...leases, stamp] });
      return { name, chore, stamp };
    });
  }

  async ready(space: string, owed: readonly Owed[]): Promise<void> {
    for (const { name, stamp } of owed) {
      const { begun, ready, leases } = this.#of(space, name);
      const others = leases.filter((lease) => lease !== stamp);
      this.#save(space, name, {
        begun: ready === 0 && others.length === 0 ? this.#position(space) : begun,
        ready: this.#position(space),
        leases: others,
      });
    }
  }

  async done(space: string, { name, stamp }: Owed): Promise<boolean> {
    const { begun, ready, leases } = this.#of(space, name);
    this.#save(space, name, {
      begun,
      ready: ready === stamp ? 0 : ready,
      leases: leases.filter((lease) => lease !== stamp),
    });
    if (this.#asked.has(memberOf(space, name))) return false;
    await this.#bus.publish(space, { kind: 'settled', ids: [name] });
    return true;
  }

  async doneAll(space: string, owed: readonly Owed[]): Promise<void> {
    for (const each of owed) await this.done(space, each);
  }

  async take(space: string, name: string): Promise<TakenChore | null> {
    const { begun, ready, leases } = this.#of(space, name);
    const live = leases.filter((lease) => lease > this.#micros());
    const ranOut = live.length < leases.length;
    const stamp = ranOut ? this.#position(space) : ready;
    if (ranOut) this.#late.push({ space, name, begun, at: this.#micros() + LATE_US });
    this.#save(space, name, { begun, ready: stamp, leases: live });
    return stamp === 0 ? null : { name, chore: choreOf(name), stamp, begun };
  }

  /** Names of chores whose time has come, the longest waiting first. */
  due(space: string): string[] {
    this.#askLate();
    return [...this.#asked]
      .filter(([member]) => member.startsWith(`${space} `))
      .map(([member, { ready, leases }]) => ({ member, ready, due: Math.min(...leases) }))
      .filter(({ ready, due }) => ready > 0 || due <= this.#micros())
      .sort((left, right) => (left.ready || left.due) - (right.ready || right.due))
      .map(({ member }) => member.slice(space.length + 1));
  }

  /** Those of the names that are owed. */
  owed(space: string, names: readonly string[]): string[] {
    return names.filter((name) => this.#asked.has(memberOf(space, name)));
  }

  /** Every chore that is owed, ready or leased. */
  all(space: string): string[] {
    return [...this.#asked.keys()]
      .filter((member) => member.startsWith(`${space} `))
      .map((member) => member.slice(space.length + 1));
  }

  #askLate(): void {
    const now = this.#micros();
    const due = this.#late.filter(({ at }) => at <= now);
    this.#late = this.#late.filter(({ at }) => at > now);
    for (const { space, name, begun } of due) {
      const known = this.#of(space, name);
      this.#save(space, name, {
        ...known,
        begun: Math.min(begun, known.begun),
        ready: this.#position(space),
      });
    }
  }

  #of(space: string, name: string): Asked {
    return this.#asked.get(memberOf(space, name)) ?? { begun: this.#position(space), ready: 0, leases: [] };
  }

  #save(space: string, name: string, asked: Asked): void {
    if (asked.ready === 0 && asked.leases.length === 0) this.#asked.delete(memberOf(space, name));
    else this.#asked.set(memberOf(space, name), asked);
  }

  #micros(): number {
    return this.#now() * 1_000;
  }
}

const memberOf = (space: string, name: string): string => `${space} ${name}`;
