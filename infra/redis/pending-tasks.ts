import { LRUCache } from 'lru-cache';
import { asMicros, asPosition } from '../../core/model/units.ts';
import type { Bus } from '../../core/ports/bus.ts';
import {
  type ClaimedTask,
  type PendingTask,
  type PendingTasks,
  parseTaskName,
  type Task,
  taskName,
} from '../../core/ports/tasks.ts';
import { batchesOf } from '../batches.ts';
import type { RedisClient } from './connect.ts';
import { type Shard, taskMember } from './keys.ts';
import { defineScript } from './scripts.ts';
import type { Shards } from './shards.ts';

/** Longer than calls write. A task of a crashed caller starts at most this long plus one poll later. */
const LEASE_US = asMicros(3_000_000);
/** Delay of the second run after a lease expired. Longer than any write takes. */
const REQUEUE_DELAY_US = asMicros(60_000_000);
/** Tasks per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;

/** Recent tasks kept in memory, in case Redis loses them: how many, and for how many ms. */
const RECENT = { max: 10_000, ttl: 600_000 };

/** A task that may start. */
export interface DueTask {
  space: string;
  name: string;
}

/** Notifies the workers that run these tasks. */
type NotifyTaskWorkers = (due: readonly DueTask[]) => void;

const defineScripts = (redis: RedisClient) => ({
  lease: defineScript<string[]>(redis, 'lease-tasks'),
  markReady: defineScript<number>(redis, 'mark-tasks-ready'),
  claim: defineScript<string[]>(redis, 'claim-task'),
  requeue: defineScript<number>(redis, 'requeue-tasks'),
  due: defineScript<string[]>(redis, 'due-tasks'),
  complete: defineScript<number[]>(redis, 'complete-tasks'),
});

const keysOf = ({ pendingTasksKey, taskStatesKey, requeuedTasksKey }: Shard): string[] => [
  pendingTasksKey,
  taskStatesKey,
  requeuedTasksKey,
];

/** Pending tasks of all spaces, in Redis (decision 14). */
export class RedisPendingTasks implements PendingTasks {
  readonly #shards: Shards;
  readonly #scripts: ReturnType<typeof defineScripts>;
  readonly #bus: Bus;
  readonly #notify: NotifyTaskWorkers;
  readonly #recent = new LRUCache<string, DueTask>(RECENT);

  constructor(redis: RedisClient, shards: Shards, bus: Bus, notify: NotifyTaskWorkers) {
    this.#shards = shards;
    this.#scripts = defineScripts(redis);
    this.#bus = bus;
    this.#notify = notify;
  }

  async lease(space: string, tasks: readonly Task[]): Promise<PendingTask[]> {
    const shard = this.#shards.of(space);
    const leased: PendingTask[] = [];
    for (const tasksOfBatch of batchesOf(tasks, BATCH_SIZE)) {
      const batch = tasksOfBatch.map((task) => ({ task, name: taskName(task) }));
      const members = batch.map(({ name }) => taskMember(space, name));
      for (const { name } of batch) this.#recent.set(taskMember(space, name), { space, name });
      const leaseTokens = await this.#scripts.lease(shard, keysOf(shard), LEASE_US, ...members);
      leased.push(...batch.map((each, index) => ({ ...each, leaseToken: Number(leaseTokens[index]) })));
    }
    return leased;
  }

  async markReady(space: string, tasks: readonly PendingTask[]): Promise<void> {
    const shard = this.#shards.of(space);
    for (const batch of batchesOf(tasks, BATCH_SIZE)) {
      await this.#scripts.markReady(shard, keysOf(shard), ...tokensOf(space, batch));
      // Not awaited: the tasks are pending, and polling finds those whose notification was lost.
      this.#notify(batch.map(({ name }) => ({ space, name })));
    }
  }

  async complete(space: string, task: PendingTask): Promise<boolean> {
    return (await this.#complete(space, [task])).length > 0;
  }

  async completeAll(space: string, tasks: readonly PendingTask[]): Promise<void> {
    for (const batch of batchesOf(tasks, BATCH_SIZE)) await this.#complete(space, batch);
  }

  /** Claims the task. `null` if it is not pending, or only its lease holder may start it. */
  async claim({ space, name }: DueTask): Promise<ClaimedTask | null> {
    const member = taskMember(space, name);
    const shard = this.#shards.of(space);
    const claimed = await this.#scripts.claim(shard, keysOf(shard), member, REQUEUE_DELAY_US);
    const [leaseToken, jobStartPosition] = claimed;
    if (leaseToken === undefined) return null;
    this.#recent.set(member, { space, name });
    return {
      name,
      task: parseTaskName(name),
      leaseToken: Number(leaseToken),
      jobStartPosition: asPosition(Number(jobStartPosition)),
    };
  }

  /** Returns the names of tasks that are no longer pending. */
  async #complete(space: string, tasks: readonly PendingTask[]): Promise<string[]> {
    const shard = this.#shards.of(space);
    const results = await this.#scripts.complete(shard, keysOf(shard), ...tokensOf(space, tasks));
    const ids = tasks.flatMap(({ name }, index) => (results[index] === 1 ? [name] : []));
    for (const name of ids) this.#recent.delete(taskMember(space, name));
    if (ids.length > 0) await this.#bus.publish(space, { kind: 'completed', ids });
    return ids;
  }

  /**
   * Requests every task again that this process recently leased or claimed and that is not known to be complete, because Redis
   * lost it. A task derives from what is stored, so a second run changes nothing.
   */
  async requeueRecent(): Promise<number> {
    const recent = [...this.#recent.values()].reverse();
    for (const { space, name } of recent)
      await this.markReady(space, [{ name, task: parseTaskName(name), leaseToken: 0 }]);
    return recent.length;
  }

  /** Returns due tasks of a shard, oldest first: up to `limit` after the first `skip`. */
  async due(shard: Shard, skip: number, limit: number): Promise<DueTask[]> {
    if (skip === 0) await this.#scripts.requeue(shard, keysOf(shard), BATCH_SIZE);
    const members = await this.#scripts.due(shard, keysOf(shard), skip, limit);
    return members.map((member) => {
      const separator = member.indexOf(' ');
      return { space: member.slice(0, separator), name: member.slice(separator + 1) };
    });
  }
}

const tokensOf = (space: string, tasks: readonly PendingTask[]): Array<string | number> =>
  tasks.flatMap(({ name, leaseToken }) => [taskMember(space, name), leaseToken]);
