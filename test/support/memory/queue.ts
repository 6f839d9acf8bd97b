import type { LoggedAction } from '../../../core/model/entities.ts';
import { hash32, keyOf } from '../../../core/model/keys.ts';
import type { Position } from '../../../core/model/units.ts';
import type { Bus } from '../../../core/ports/bus.ts';
import type { Now } from '../../../core/ports/clock.ts';
import type {
  Acceptance,
  ActionQueue,
  BatchRead,
  BatchRecord,
  BatchRecordRef,
  IncomingAction,
  IncomingBatch,
  PartitionQueue,
  PartitionRecords,
  ReadLimits,
} from '../../../core/ports/queue.ts';
import { isTaskName } from '../../../core/ports/tasks.ts';
import type { MemoryPendingTasks } from './pending-tasks.ts';

interface SpaceState {
  /** The first use of each idempotency key. */
  keys: Map<string, { hash: string; ids: string[] }>;
  partitions: Map<number, BatchRecord[]>;
  /** Kept for emptied partitions too, because test time stands still and record ids must not repeat. */
  lastRecordIds: Map<number, string>;
  pending: Set<string>;
  /** The last assigned action number. */
  seq: number;
}

/** Both sides of the queue. Idempotency keys never expire. */
export class MemoryQueue implements ActionQueue, PartitionQueue {
  readonly #spaces = new Map<string, SpaceState>();
  readonly #bus: Bus;
  readonly #now: Now;
  readonly #partitionCount: number;
  readonly #tasks: MemoryPendingTasks;
  readonly #nextPosition: (space: string) => Position;

  /** `nextPosition` returns the position that numbers an action. */
  constructor(
    bus: Bus,
    now: Now,
    tasks: MemoryPendingTasks,
    nextPosition: (space: string) => Position,
    partitionCount = 4,
  ) {
    this.#bus = bus;
    this.#now = now;
    this.#partitionCount = partitionCount;
    this.#tasks = tasks;
    this.#nextPosition = nextPosition;
  }

  async checkCapacity(): Promise<null> {
    return null;
  }

  async accept({ space, subject, key, hash, actions }: IncomingBatch): Promise<Acceptance> {
    const state = this.#stateOf(space);
    const batchKey = key === null ? null : JSON.stringify(['batch', subject, key]);
    const repeat = batchKey === null ? undefined : state.keys.get(batchKey);
    if (repeat) {
      return repeat.hash === hash ? { kind: 'accepted', ids: [...repeat.ids] } : conflict(null);
    }
    const used = new Map<string, { hash: string; ids: string[] }>();
    const accepted: Array<LoggedAction & { seq?: number }> = [];
    const ids: string[] = [];
    for (const [index, incoming] of actions.entries()) {
      const scopedKey = incoming.key === null ? null : JSON.stringify(['action', subject, incoming.key]);
      const known = scopedKey === null ? undefined : (used.get(scopedKey) ?? state.keys.get(scopedKey));
      if (known && known.hash !== incoming.hash) return conflict(index);
      const [id] = known?.ids ?? [incoming.action.id];
      if (id !== undefined) ids.push(id);
      if (known) continue;
      accepted.push(structuredClone(incoming.action));
      if (scopedKey !== null) used.set(scopedKey, firstUse(incoming));
    }
    for (const [scopedKey, use] of used) state.keys.set(scopedKey, use);
    if (batchKey !== null) state.keys.set(batchKey, { hash, ids: [...ids] });
    this.#enqueue(space, accepted);
    return { kind: 'accepted', ids };
  }

  async isKeyUsed(space: string, subject: string, key: string): Promise<boolean> {
    const { keys } = this.#stateOf(space);
    return ['batch', 'action'].some((kind) => keys.has(JSON.stringify([kind, subject, key])));
  }

  async pending(space: string, ids: readonly string[]): Promise<string[]> {
    const { pending } = this.#stateOf(space);
    return [
      ...this.#tasks.pendingNames(space, ids.filter(isTaskName)),
      ...ids.filter((id) => pending.has(id)),
    ];
  }

  /** There are no dead letters in memory. */
  async deadLettered(): Promise<string[]> {
    return [];
  }

  async unmarkDeadLettered(): Promise<void> {
    // There are no dead letters.
  }

  async read(
    space: string,
    partitions: readonly number[],
    { actions }: Pick<ReadLimits, 'actions'>,
  ): Promise<BatchRead> {
    const batches: PartitionRecords[] = [];
    let left = actions;
    let read = 0;
    for (const partition of partitions) {
      if (left <= 0) break;
      const share = Math.ceil(left / (partitions.length - read));
      read += 1;
      const found: BatchRecord[] = [];
      let count = 0;
      for (const record of this.#stateOf(space).partitions.get(partition) ?? []) {
        if (count >= share) break;
        found.push(record);
        count += record.actions.length;
      }
      left -= count;
      if (found.length > 0) batches.push({ partition, records: structuredClone(found) });
    }
    return { batches, unread: partitions.slice(read), position: this.#nextPosition(space) };
  }

  async remove(space: string, partition: number, records: readonly BatchRecordRef[]): Promise<boolean> {
    const { partitions } = this.#stateOf(space);
    const remaining = (partitions.get(partition) ?? []).filter(
      (record) => !records.some(({ id }) => id === record.id),
    );
    if (remaining.length > 0) partitions.set(partition, remaining);
    else partitions.delete(partition);
    return remaining.length === 0;
  }

  async acknowledge(space: string, batches: readonly PartitionRecords[]): Promise<number[]> {
    await this.complete(
      space,
      batches.flatMap(({ records }) => records.flatMap(({ actions }) => actions.map(({ id }) => id))),
    );
    const remaining: number[] = [];
    for (const { partition, records } of batches)
      if (!(await this.remove(space, partition, records))) remaining.push(partition);
    return remaining;
  }

  async complete(space: string, actions: readonly string[]): Promise<void> {
    const { pending } = this.#stateOf(space);
    for (const id of actions) pending.delete(id);
    await this.#bus.publish(space, { kind: 'completed', ids: [...actions] });
  }

  /** Partitions that hold records. */
  busyPartitions(space: string): number[] {
    return [...this.#stateOf(space).partitions.keys()].sort((left, right) => left - right);
  }

  partitionOf(action: Pick<LoggedAction, 'actor'>): number {
    return (action.actor ? hash32(keyOf(action.actor)) : 0) % this.#partitionCount;
  }

  /** Ids of all pending actions. */
  allPending(space: string): string[] {
    return [...this.#stateOf(space).pending];
  }

  #enqueue(space: string, actions: ReadonlyArray<LoggedAction & { seq?: number }>): void {
    const state = this.#stateOf(space);
    const numbered = actions.map((action) => {
      state.seq = this.#nextPosition(space);
      return { ...action, seq: action.seq ?? state.seq };
    });
    for (const partition of new Set(actions.map((action) => this.partitionOf(action)))) {
      const records = state.partitions.get(partition) ?? [];
      const accepted = numbered.filter((action) => this.partitionOf(action) === partition);
      const id = this.#nextRecordId(state.lastRecordIds.get(partition));
      state.lastRecordIds.set(partition, id);
      state.partitions.set(partition, [
        ...records,
        { id, bytes: JSON.stringify(accepted).length, actions: accepted },
      ]);
    }
    for (const action of actions) state.pending.add(action.id);
  }

  /** Like a Redis stream id: a time and, after a record of the same time, a number. Unique within the partition only. */
  #nextRecordId(lastRecordId: string | undefined): string {
    const now = String(this.#now());
    const [time, number] = lastRecordId?.split('-') ?? [];
    return `${now}-${time === now ? Number(number) + 1 : 0}`;
  }

  #stateOf(space: string): SpaceState {
    const state: SpaceState = this.#spaces.get(space) ?? {
      keys: new Map(),
      partitions: new Map(),
      lastRecordIds: new Map(),
      pending: new Set(),
      seq: 0,
    };
    this.#spaces.set(space, state);
    return state;
  }
}

const conflict = (index: number | null): Acceptance => ({ kind: 'conflict', index });

const firstUse = ({ hash, action }: IncomingAction) => ({ hash, ids: [action.id] });
