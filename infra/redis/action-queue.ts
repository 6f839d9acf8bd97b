import type { LoggedAction } from '../../core/model/entities.ts';
import { hash32, keyOf } from '../../core/model/keys.ts';
import type { Acceptance, ActionQueue, IncomingBatch, Overload } from '../../core/ports/queue.ts';
import { isTaskName } from '../../core/ports/tasks.ts';
import { ACTION_OVERHEAD, type BacklogGuard } from './backlog.ts';
import type { RedisClient } from './connect.ts';
import { type Shard, taskMember } from './keys.ts';
import { defineScript, type Script } from './scripts.ts';
import type { Shards } from './shards.ts';

/** Partitions per space (decision 2). Change it only when they are empty: it moves an actor's actions to another partition. */
export const PARTITION_COUNT = 64;
/** Idempotency keys expire after 25 hours. The documentation promises 24. */
const KEY_TTL_S = 90_000;

/** Notifies workers of these partitions. `pendingCount`: pending actions of the space, including the `acceptedCount` new ones. */
type NotifyPartitions = (
  space: string,
  partitions: number[],
  pendingCount: number,
  acceptedCount: number,
) => void;

/**
 * The most pending actions of a space with which its partitions are woken (wake-ups.ts), before and after a batch. Partitions of a
 * space with more are notified, and with `notifyBusy` those that are not empty.
 */
type WakeLimits = (space: string) => { before: number; after: number; notifyBusy: boolean };

type AcceptReply = [kind: string, first: string | number, second?: string, pendingCount?: number];
type CapacityReply = [kind: string, bound?: string, excess?: string];

const partitionOf = (action: LoggedAction): number =>
  (action.actor ? hash32(keyOf(action.actor)) : 0) % PARTITION_COUNT;

/** A subject may contain any character. JSON distinguishes ("a", "b:c") from ("a:b", "c"). */
const scopedKey = (subject: string, key: string): string => JSON.stringify([subject, key]);

/** Keys of a script, each once. */
class ScriptKeys {
  readonly #indexes = new Map<string, number>();

  constructor(keys: readonly string[]) {
    for (const key of keys) this.indexOf(key);
  }

  /** The index of the key in `KEYS`. Adds it if necessary. */
  indexOf(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.#indexes.size + 1);
    return this.#indexes.size;
  }

  get all(): string[] {
    return [...this.#indexes.keys()];
  }
}

const unbounded: BacklogGuard = {
  limits: () => ({
    actions: Number.MAX_SAFE_INTEGER,
    bytes: Number.MAX_SAFE_INTEGER,
    perSpace: { actions: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER },
    weightedBytes: null,
    elsewhere: { actions: 0, bytes: 0 },
  }),
  retryAfterMs: () => 1_000,
  outOfMemory: () => undefined,
};

function limitArguments(guard: BacklogGuard, shard: Shard): number[] {
  const { actions, bytes, perSpace, weightedBytes, elsewhere } = guard.limits(shard);
  const ofSpace = [perSpace.actions, perSpace.bytes];
  return [actions, bytes, ...ofSpace, weightedBytes ?? -1, elsewhere.actions, elsewhere.bytes];
}

export class RedisActionQueue implements ActionQueue {
  readonly #redis: RedisClient;
  readonly #shards: Shards;
  readonly #accept: Script<AcceptReply>;
  readonly #checkCapacity: Script<CapacityReply>;
  readonly #notify: NotifyPartitions;
  readonly #guard: BacklogGuard;
  readonly #wakeLimits: WakeLimits;

  /** Without `wakeLimits`, all partitions are notified. */
  constructor(
    redis: RedisClient,
    shards: Shards,
    notify: NotifyPartitions,
    guard: BacklogGuard = unbounded,
    wakeLimits: WakeLimits = () => ({ before: -1, after: -1, notifyBusy: true }),
  ) {
    this.#redis = redis;
    this.#shards = shards;
    this.#accept = defineScript(redis, 'accept', { ACTION_OVERHEAD });
    this.#checkCapacity = defineScript(redis, 'check-capacity', { ACTION_OVERHEAD });
    this.#notify = notify;
    this.#guard = guard;
    this.#wakeLimits = wakeLimits;
  }

  async accept(batch: IncomingBatch): Promise<Acceptance> {
    const { space, subject } = batch;
    const shard = this.#shards.of(space);
    const keys = new ScriptKeys([
      shard.busyPartitionsKey,
      shard.backlogKey,
      shard.wakeUpsKey,
      shard.pendingKey(space),
      shard.clockKey(space),
    ]);
    const partitionNumbers = [...new Set(batch.actions.map(({ action }) => partitionOf(action)))];
    for (const partition of partitionNumbers) keys.indexOf(shard.partitionKey(space, partition));
    const batchKey =
      batch.key === null ? 0 : keys.indexOf(shard.batchIdempotencyKey(space, scopedKey(subject, batch.key)));
    const argv = batch.actions.flatMap(({ action, key, hash }) => [
      action.id,
      keys.indexOf(shard.partitionKey(space, partitionOf(action))),
      key === null ? 0 : keys.indexOf(shard.actionIdempotencyKey(space, scopedKey(subject, key))),
      hash,
      JSON.stringify(action),
    ]);
    const head = [space, KEY_TTL_S, batchKey, batch.hash];
    const limits = limitArguments(batch.isExemptFromLimits ? unbounded : this.#guard, shard);
    const { before, after, notifyBusy } = this.#wakeLimits(space);
    const wake = [before, after, notifyBusy ? 1 : 0, partitionNumbers.length, ...partitionNumbers];
    const [kind, first, partitions, pendingCount = 0] = await this.#runAccept(
      shard,
      keys.all,
      ...head,
      ...limits,
      ...wake,
      ...argv,
    );
    if (kind === 'overloaded') return this.#overload(first, partitions);
    if (kind === 'conflict') return { kind, index: Number(first) < 0 ? null : Number(first) };
    // Not awaited: the batch is stored, and polling finds a partition whose notification was lost.
    if (partitions)
      this.#notify(space, partitions.split(',').map(Number), pendingCount, batch.actions.length);
    return { kind: 'accepted', ids: String(first).split(',') };
  }

  async checkCapacity(space: string, actions: number, bytes: number): Promise<Overload | null> {
    const shard = this.#shards.of(space);
    const argv = [space, actions, bytes, ...limitArguments(this.#guard, shard)];
    const [kind, bound, excess] = await this.#checkCapacity(shard, [shard.backlogKey], ...argv);
    return kind === 'overloaded' ? this.#overload(bound, excess) : null;
  }

  #overload(bound: string | number | undefined, excess: string | undefined): Overload {
    return {
      kind: 'overloaded',
      bound: bound === 'hub' || bound === 'space' ? bound : 'memory',
      retryAfterMs: this.#guard.retryAfterMs(Number(excess)),
    };
  }

  async #runAccept(...parameters: Parameters<Script<AcceptReply>>): Promise<AcceptReply> {
    try {
      return await this.#accept(...parameters);
    } catch (error) {
      // Redis reached its memory limit between two samples, or before the first.
      if (!(error instanceof Error && /\bOOM\b/.test(error.message))) throw error;
      this.#guard.outOfMemory();
      return ['overloaded', 'memory', '0'];
    }
  }

  async isKeyUsed(space: string, subject: string, key: string): Promise<boolean> {
    const [shard, scoped] = [this.#shards.of(space), scopedKey(subject, key)];
    const keys = [shard.batchIdempotencyKey(space, scoped), shard.actionIdempotencyKey(space, scoped)];
    return (await this.#redis.exists(...keys)) > 0;
  }

  async pending(space: string, ids: readonly string[]): Promise<string[]> {
    const shard = this.#shards.of(space);
    const tasks = ids.filter(isTaskName);
    const actions = ids.filter((id) => !isTaskName(id));
    const [pendingTasks, pending, dead] = await Promise.all([
      tasks.length === 0
        ? []
        : this.#redis.zmscore(shard.pendingTasksKey, ...tasks.map((name) => taskMember(space, name))),
      actions.length === 0 ? [] : this.#redis.zmscore(shard.pendingKey(space), ...actions),
      actions.length === 0 ? [] : this.#redis.smismember(shard.deadLetterIdsKey(space), ...actions),
    ]);
    return [
      ...tasks.filter((_, index) => (pendingTasks[index] ?? null) !== null),
      ...actions.filter((_, index) => (pending[index] ?? null) !== null || dead[index] === 1),
    ];
  }

  async deadLettered(space: string, ids: readonly string[]): Promise<string[]> {
    const actions = ids.filter((id) => !isTaskName(id));
    if (actions.length === 0) return [];
    const dead = await this.#redis.smismember(this.#shards.of(space).deadLetterIdsKey(space), ...actions);
    return actions.filter((_, index) => dead[index] === 1);
  }

  async unmarkDeadLettered(space: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#redis.srem(this.#shards.of(space).deadLetterIdsKey(space), ...ids);
  }
}
