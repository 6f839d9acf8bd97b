import { hash32, keyOf } from '../../../core/keys.ts';
import type { AcceptedAction, LoggedAction } from '../../../core/model.ts';
import type { Bus, Now } from '../../../core/ports/bus.ts';
import {
  type Acceptance,
  type ActionQueue,
  type Arriving,
  type ArrivingBatch,
  type DroppedEntry,
  isChoreName,
  type LaneEntry,
  type Lanes,
} from '../../../core/ports/queue.ts';
import type { MemoryChores } from './chores.ts';

interface Space {
  /** What a key was first used for. */
  keys: Map<string, { hash: string; ids: string[] }>;
  lanes: Map<number, LaneEntry[]>;
  /** Time stands still in tests where it would not: an emptied lane gives no id again. */
  lastEntries: Map<number, string>;
  pending: Set<string>;
  /** The last number given to an action. */
  seq: number;
}

/** Both ends of the lanes. Keys are kept for good. */
export class MemoryQueue implements ActionQueue, Lanes {
  readonly #spaces = new Map<string, Space>();
  readonly #bus: Bus;
  readonly #now: Now;
  readonly #lanes: number;
  readonly #chores: MemoryChores;
  readonly #take: (space: string) => number;

  /** `take` gives out a position: actions are numbered by them. */
  constructor(bus: Bus, now: Now, chores: MemoryChores, take: (space: string) => number, lanes = 4) {
    this.#bus = bus;
    this.#now = now;
    this.#lanes = lanes;
    this.#chores = chores;
    this.#take = take;
  }

  async room(): Promise<null> {
    return null;
  }

  async accept({ space, subject, key, hash, actions }: ArrivingBatch): Promise<Acceptance> {
    const of = this.#of(space);
    const batchKey = key === null ? null : JSON.stringify(['batch', subject, key]);
    const repeat = batchKey === null ? undefined : of.keys.get(batchKey);
    if (repeat) {
      return repeat.hash === hash ? { kind: 'accepted', ids: [...repeat.ids] } : conflict(null);
    }
    const used = new Map<string, { hash: string; ids: string[] }>();
    const fresh: Array<LoggedAction & { seq?: number }> = [];
    const ids: string[] = [];
    for (const [index, arriving] of actions.entries()) {
      const scoped = arriving.key === null ? null : JSON.stringify(['action', subject, arriving.key]);
      const known = scoped === null ? undefined : (used.get(scoped) ?? of.keys.get(scoped));
      if (known && known.hash !== arriving.hash) return conflict(index);
      const [id] = known?.ids ?? [arriving.action.id];
      if (id !== undefined) ids.push(id);
      if (known) continue;
      fresh.push(structuredClone(arriving.action));
      if (scoped !== null) used.set(scoped, firstUse(arriving));
    }
    for (const [scoped, use] of used) of.keys.set(scoped, use);
    if (batchKey !== null) of.keys.set(batchKey, { hash, ids: [...ids] });
    this.#enqueue(space, fresh);
    return { kind: 'accepted', ids };
  }

  async knows(space: string, subject: string, key: string): Promise<boolean> {
    const { keys } = this.#of(space);
    return ['batch', 'action'].some((kind) => keys.has(JSON.stringify([kind, subject, key])));
  }

  async pending(space: string, ids: readonly string[]): Promise<string[]> {
    const { pending } = this.#of(space);
    return [...this.#chores.owed(space, ids.filter(isChoreName)), ...ids.filter((id) => pending.has(id))];
  }

  /** No worker puts anything aside here. */
  async dead(): Promise<string[]> {
    return [];
  }

  async releaseDead(): Promise<void> {
    // There is nothing to release.
  }

  async read(space: string, lane: number, actions: number): Promise<LaneEntry[]> {
    const found: LaneEntry[] = [];
    let held = 0;
    for (const entry of this.#of(space).lanes.get(lane) ?? []) {
      if (held >= actions) break;
      found.push(entry);
      held += entry.actions.length;
    }
    return structuredClone(found);
  }

  async drop(space: string, lane: number, entries: readonly DroppedEntry[]): Promise<void> {
    const { lanes } = this.#of(space);
    const left = (lanes.get(lane) ?? []).filter((entry) => !entries.some(({ id }) => id === entry.id));
    if (left.length > 0) lanes.set(lane, left);
    else lanes.delete(lane);
  }

  async acknowledge(space: string, lane: number, entries: readonly LaneEntry[]): Promise<void> {
    await this.settle(
      space,
      entries.flatMap(({ actions }) => actions.map(({ id }) => id)),
    );
    await this.drop(space, lane, entries);
  }

  async settle(space: string, actions: readonly string[]): Promise<void> {
    const { pending } = this.#of(space);
    for (const id of actions) pending.delete(id);
    await this.#bus.publish(space, { kind: 'settled', ids: [...actions] });
  }

  /** Lanes that hold entries. */
  busy(space: string): number[] {
    return [...this.#of(space).lanes.keys()].sort((left, right) => left - right);
  }

  laneOf(action: Pick<LoggedAction, 'actor'>): number {
    return (action.actor ? hash32(keyOf(action.actor)) : 0) % this.#lanes;
  }

  /** Every id that is not in feeds yet. */
  allPending(space: string): string[] {
    return [...this.#of(space).pending];
  }

  #enqueue(space: string, actions: ReadonlyArray<LoggedAction & { seq?: number }>): void {
    const of = this.#of(space);
    const numbered = actions.map((action) => {
      of.seq = this.#take(space);
      return { ...action, seq: action.seq ?? of.seq };
    });
    const acceptedAt = numbered[0]?.seq ?? 0;
    for (const lane of new Set(actions.map((action) => this.laneOf(action)))) {
      const entries = of.lanes.get(lane) ?? [];
      const held = numbered
        .filter((action) => this.laneOf(action) === lane)
        .map((action): AcceptedAction => ({ ...action, acceptedAt }));
      const id = this.#entryId(of.lastEntries.get(lane));
      of.lastEntries.set(lane, id);
      of.lanes.set(lane, [...entries, { id, bytes: JSON.stringify(held).length, actions: held }]);
    }
    for (const action of actions) of.pending.add(action.id);
  }

  /** As a stream's: a time, and a number only where the lane had an entry of the same one. Other lanes may share it. */
  #entryId(last: string | undefined): string {
    const now = String(this.#now());
    const [time, number] = last?.split('-') ?? [];
    return `${now}-${time === now ? Number(number) + 1 : 0}`;
  }

  #of(space: string): Space {
    const known: Space = this.#spaces.get(space) ?? {
      keys: new Map(),
      lanes: new Map(),
      lastEntries: new Map(),
      pending: new Set(),
      seq: 0,
    };
    this.#spaces.set(space, known);
    return known;
  }
}

const conflict = (index: number | null): Acceptance => ({ kind: 'conflict', index });

const firstUse = ({ hash, action }: Arriving) => ({ hash, ids: [action.id] });
