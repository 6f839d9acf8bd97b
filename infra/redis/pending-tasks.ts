import type { Redis } from 'ioredis';
import type { Bus } from '../../core/ports/bus.ts';
import {
  type ClaimedTask,
  type PendingTask,
  type PendingTasks,
  parseTaskName,
  type Task,
  taskName,
} from '../../core/ports/queue.ts';
import { ReplayBuffer } from '../replay-buffer.ts';
import { pendingTasksKey, requeuedTasksKey, taskMember, taskStatesKey } from './keys.ts';
import { loadScript } from './scripts.ts';

/** Longer than calls write. A task of a crashed caller starts at most this long plus one poll later. */
const LEASE_US = 3_000_000;
/** Delay of the second run after a lease expired. Longer than any write takes. */
const REQUEUE_DELAY_US = 60_000_000;
/** Tasks per script. A script blocks Redis. */
const BATCH_SIZE = 1_000;

/** Recently requested tasks kept in memory: how many, and for how long. */
const REMEMBERED = { max: 10_000, ms: 600_000 };

/** A task that may start. */
export interface DueTask {
  space: string;
  name: string;
}

/** Notifies the workers that run these tasks. */
export type NotifyTaskWorkers = (due: readonly DueTask[]) => void;

type Keys = [pendingTasks: string, taskStates: string];
type RequeueKeys = [...Keys, requeuedTasks: string];
interface Scripts {
  hubbubLeaseTasks(...argv: [...Keys, number, ...string[]]): Promise<string[]>;
  hubbubMarkTasksReady(...argv: [...Keys, ...Array<string | number>]): Promise<number>;
  hubbubClaimTask(...argv: [...RequeueKeys, string, number]): Promise<string[]>;
  hubbubRequeueTasks(...argv: [...RequeueKeys, number]): Promise<number>;
  hubbubDueTasks(pendingTasks: string, skip: number, limit: number): Promise<string[]>;
  hubbubCompleteTasks(...argv: [...Keys, ...Array<string | number>]): Promise<number[]>;
}

/** Pending tasks of all spaces, in Redis (decision 14). */
export class RedisPendingTasks implements PendingTasks {
  readonly #redis: Redis & Scripts;
  readonly #bus: Bus;
  readonly #notify: NotifyTaskWorkers;
  readonly #recent = new ReplayBuffer<DueTask>(REMEMBERED.max, REMEMBERED.ms);

  constructor(redis: Redis, bus: Bus, notify: NotifyTaskWorkers) {
    redis.defineCommand('hubbubLeaseTasks', { numberOfKeys: 2, lua: loadScript('lease-tasks') });
    redis.defineCommand('hubbubMarkTasksReady', { numberOfKeys: 2, lua: loadScript('mark-tasks-ready') });
    redis.defineCommand('hubbubClaimTask', { numberOfKeys: 3, lua: loadScript('claim-task') });
    redis.defineCommand('hubbubRequeueTasks', { numberOfKeys: 3, lua: loadScript('requeue-tasks') });
    redis.defineCommand('hubbubDueTasks', { numberOfKeys: 1, lua: loadScript('due-tasks') });
    redis.defineCommand('hubbubCompleteTasks', { numberOfKeys: 2, lua: loadScript('complete-tasks') });
    this.#redis = redis as Redis & Scripts;
    this.#bus = bus;
    this.#notify = notify;
  }

  async lease(space: string, tasks: readonly Task[]): Promise<PendingTask[]> {
    const leased: PendingTask[] = [];
    for (let start = 0; start < tasks.length; start += BATCH_SIZE) {
      const batch = tasks.slice(start, start + BATCH_SIZE).map((task) => ({ task, name: taskName(task) }));
      const members = batch.map(({ name }) => taskMember(space, name));
      for (const { name } of batch) this.#recent.add(taskMember(space, name), { space, name });
      const leaseTokens = await this.#redis.hubbubLeaseTasks(
        pendingTasksKey,
        taskStatesKey,
        LEASE_US,
        ...members,
      );
      leased.push(...batch.map((each, index) => ({ ...each, leaseToken: Number(leaseTokens[index]) })));
    }
    return leased;
  }

  async markReady(space: string, tasks: readonly PendingTask[]): Promise<void> {
    for (let start = 0; start < tasks.length; start += BATCH_SIZE) {
      const batch = tasks.slice(start, start + BATCH_SIZE);
      const argv = batch.flatMap(({ name, leaseToken }) => [taskMember(space, name), leaseToken]);
      await this.#redis.hubbubMarkTasksReady(pendingTasksKey, taskStatesKey, ...argv);
      // Not awaited: the tasks are pending, and polling finds those whose notification was lost.
      this.#notify(batch.map(({ name }) => ({ space, name })));
    }
  }

  async complete(space: string, task: PendingTask): Promise<boolean> {
    return (await this.#complete(space, [task])).length > 0;
  }

  async completeAll(space: string, tasks: readonly PendingTask[]): Promise<void> {
    for (let start = 0; start < tasks.length; start += BATCH_SIZE) {
      await this.#complete(space, tasks.slice(start, start + BATCH_SIZE));
    }
  }

  /** Claims the task. `null` if it is not pending, or only its lease holder may start it. */
  async claim({ space, name }: DueTask): Promise<ClaimedTask | null> {
    const member = taskMember(space, name);
    const [leaseToken, jobStartPosition] = await this.#redis.hubbubClaimTask(
      pendingTasksKey,
      taskStatesKey,
      requeuedTasksKey,
      member,
      REQUEUE_DELAY_US,
    );
    if (leaseToken === undefined) return null;
    this.#recent.add(member, { space, name });
    return {
      name,
      task: parseTaskName(name),
      leaseToken: Number(leaseToken),
      jobStartPosition: Number(jobStartPosition),
    };
  }

  /** Returns the names of tasks that are no longer pending. */
  async #complete(space: string, tasks: readonly PendingTask[]): Promise<string[]> {
    const argv = tasks.flatMap(({ name, leaseToken }) => [taskMember(space, name), leaseToken]);
    const results = await this.#redis.hubbubCompleteTasks(pendingTasksKey, taskStatesKey, ...argv);
    const ids = tasks.flatMap(({ name }, index) => (results[index] === 1 ? [name] : []));
    for (const name of ids) this.#recent.remove(taskMember(space, name));
    if (ids.length > 0) await this.#bus.publish(space, { kind: 'completed', ids });
    return ids;
  }

  /**
   * Requests every task again that this process recently leased or claimed and that is not known to be complete, because Redis
   * lost it. A task derives from what is stored, so a second run changes nothing.
   */
  async requeueRecent(): Promise<number> {
    const recent = this.#recent.all();
    for (const { space, name } of recent)
      await this.markReady(space, [{ name, task: parseTaskName(name), leaseToken: 0 }]);
    return recent.length;
  }

  /** Returns due tasks, oldest first: up to `limit` after the first `skip`. */
  async due(skip: number, limit: number): Promise<DueTask[]> {
    if (skip === 0)
      await this.#redis.hubbubRequeueTasks(pendingTasksKey, taskStatesKey, requeuedTasksKey, BATCH_SIZE);
    const members = await this.#redis.hubbubDueTasks(pendingTasksKey, skip, limit);
    return members.map((member) => {
      const separator = member.indexOf(' ');
      return { space: member.slice(0, separator), name: member.slice(separator + 1) };
    });
  }
}
