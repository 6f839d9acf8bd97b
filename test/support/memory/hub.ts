/** A hub in one process: the core on in-memory ports. Tests call what gateways and workers would call. */
import type { Principal, Scope } from '../../../core/access/principal.ts';
import type { FanOutBounds, FanOutJobDeps } from '../../../core/fanout/batch.ts';
import { type ProcessPartitionsDeps, processPartitions } from '../../../core/fanout/process-partitions.ts';
import { RecentReads } from '../../../core/fanout/recent-reads.ts';
import { runFanOutTask } from '../../../core/fanout/task.ts';
import { repairCrashedWrites } from '../../../core/feed/write/crashed-writers.ts';
import { type EndSnoozesDeps, endDueSnoozes } from '../../../core/feed/write/end-snoozes.ts';
import { type OnHandlerFault, SettingsHandlers } from '../../../core/handlers/handlers.ts';
import { asMillis } from '../../../core/model/units.ts';
import type { CoreDeps, DeletionDeps } from '../../../core/ports/deps.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import type { TaskOutcome } from '../../../core/ports/tasks.ts';
import { defaultSettings, type Settings } from '../../../core/settings.ts';
import { runTask } from '../../../core/tasks/run-task.ts';
import { MemoryBus } from './bus.ts';
import { MemoryClock } from './clock.ts';
import { MemoryConnectedUsers } from './connected-users.ts';
import { MemoryEventLog } from './events.ts';
import { MemoryFanOutQueue } from './fanout-queue.ts';
import { type BeforeCall, intercepted } from './intercept.ts';
import { MemoryInvalidations } from './invalidations.ts';
import type { Pause } from './pause.ts';
import { MemoryPendingTasks } from './pending-tasks.ts';
import { MemoryQueue } from './queue.ts';
import { MemorySnoozeEnds } from './snooze-ends.ts';
import { MemorySpaces, type MemoryStores } from './spaces.ts';
import { sequentialIds, TestTime } from './time.ts';

export const SPACE = 'default';

export interface MemoryHubOptions {
  settings?: Partial<Settings>;
  bounds?: FanOutBounds;
  partitions?: number;
  pause?: Pause;
}

export type Deps = CoreDeps & ProcessPartitionsDeps & FanOutJobDeps;

export class MemoryHub {
  readonly time = new TestTime();
  readonly settings: Settings;
  readonly bus = new MemoryBus();
  readonly clock = new MemoryClock(this.time.now);
  readonly invalidations = new MemoryInvalidations(this.clock);
  readonly tasks = new MemoryPendingTasks(this.bus, this.time.now, (space) => this.clock.nextPosition(space));
  readonly snoozeEnds = new MemorySnoozeEnds();
  readonly queue: MemoryQueue;
  readonly fanOutQueue = new MemoryFanOutQueue(this.time.now);
  readonly connectedUsers = new MemoryConnectedUsers();
  readonly eventLog = new MemoryEventLog();
  readonly spaces: MemorySpaces;
  readonly deps: Deps;
  /** Checkpoints of tasks whose last run failed. */
  readonly #checkpoints = new Map<string, { text: string; leaseToken: number }>();
  readonly faults: Array<Parameters<OnHandlerFault>[0]> = [];

  constructor({ settings = {}, bounds, partitions, pause }: MemoryHubOptions = {}) {
    this.settings = { ...defaultSettings, ...settings };
    this.queue = new MemoryQueue(
      this.bus,
      this.time.now,
      this.tasks,
      (space) => this.clock.nextPosition(space),
      partitions,
    );
    this.spaces = new MemorySpaces(pause);
    this.deps = {
      queue: this.queue,
      partitions: this.queue,
      tasks: this.tasks,
      snoozeEnds: this.snoozeEnds,
      fanOutQueue: this.fanOutQueue,
      connectedUsers: this.connectedUsers,
      eventLog: this.eventLog,
      displays: {
        find: (space, keysOf) => this.spaces.reader(space).objects.displays(keysOf()),
        invalidate: async () => undefined,
      },
      linkOrigins: ['https://app.example.com'],
      spaces: this.spaces,
      clock: this.clock,
      invalidations: this.invalidations,
      bus: this.bus,
      settings: this.settings,
      handlers: new SettingsHandlers(this.settings, (fault) => this.faults.push(fault)),
      newId: sequentialIds(),
      now: this.time.now,
      bounds,
      recentReads: new RecentReads(),
      monotonicNow: this.time.now,
      trackersPerUser: 10_000,
    };
  }

  get stores(): MemoryStores {
    return this.spaces.reader(SPACE);
  }

  /** The dependencies of one process. `before` runs before every call to a port. */
  process(before: BeforeCall): Deps {
    const { deps } = this;
    const withStores = (stores: Stores): Stores => ({
      actions: intercepted(stores.actions, 'actions', before),
      trackers: intercepted(stores.trackers, 'trackers', before),
      feeds: intercepted(stores.feeds, 'feeds', before),
      objects: intercepted(stores.objects, 'objects', before),
      events: intercepted(stores.events, 'events', before),
      deadLetters: intercepted(stores.deadLetters, 'deadLetters', before),
    });
    return {
      ...deps,
      recentReads: new RecentReads(),
      queue: intercepted(deps.queue, 'queue', before),
      partitions: intercepted(deps.partitions, 'partitions', before),
      tasks: intercepted(deps.tasks, 'tasks', before),
      snoozeEnds: intercepted(deps.snoozeEnds, 'snoozeEnds', before),
      fanOutQueue: intercepted(deps.fanOutQueue, 'fanOutQueue', before),
      connectedUsers: intercepted(deps.connectedUsers, 'connectedUsers', before),
      clock: intercepted(deps.clock, 'clock', before),
      invalidations: intercepted(deps.invalidations, 'invalidations', before),
      bus: intercepted(deps.bus, 'bus', before),
      spaces: {
        reader: (space) => withStores(deps.spaces.reader(space)),
        writer: async (space) => {
          await before('writer', 'spaces');
          return withStores(await deps.spaces.writer(space));
        },
      },
    };
  }

  /** Does all the work of workers: batches of one partition or of all, fan-out jobs and tasks. */
  async work(
    deps: ProcessPartitionsDeps & FanOutJobDeps & EndSnoozesDeps = this.deps,
    batchSize?: number,
    partitions: 'one' | 'all' = 'one',
  ): Promise<void> {
    await repairCrashedWrites(deps);
    if (this.snoozeEnds.take(SPACE, this.time.now())) await endDueSnoozes(deps, SPACE);
    for (;;) {
      const busy = this.queue.busyPartitions(SPACE).slice(0, partitions === 'one' ? 1 : undefined);
      if (busy.length > 0) await processPartitions(deps, SPACE, busy, batchSize);
      else if (this.fanOutQueue.size > 0) await this.runNextFanOut(deps);
      else if (this.tasks.due(SPACE).length === 0) return;
      else if ((await this.runNextTask(deps)) === 'waiting') return;
    }
  }

  /** Runs the task that has been due for longest, if there is one. One that waits stays due. */
  async runNextTask(deps: DeletionDeps = this.deps): Promise<TaskOutcome> {
    const [name] = this.tasks.due(SPACE);
    const claimed = name === undefined ? null : await this.tasks.claim(SPACE, name);
    if (!claimed) return 'done';
    const checkpoint = this.#checkpoints.get(claimed.name);
    const outcome = await runTask(deps, SPACE, claimed, {
      checkpoint: checkpoint
        ? { text: checkpoint.text, sameRequest: checkpoint.leaseToken === claimed.leaseToken }
        : null,
      saveCheckpoint: async (text) =>
        void this.#checkpoints.set(claimed.name, { text, leaseToken: claimed.leaseToken }),
    });
    if (outcome === 'waiting') return outcome;
    this.#checkpoints.delete(claimed.name);
    await deps.tasks.complete(SPACE, claimed);
    return outcome;
  }

  /** Runs one deferred fan-out, if there is one. */
  runNextFanOut(deps: ProcessPartitionsDeps & FanOutJobDeps = this.deps): Promise<void> {
    return this.fanOutQueue.runNext(async (task, isRetry, checkpoint) => {
      const run = { isRetry, saveCheckpoint: checkpoint, isStopping: () => false };
      await runFanOutTask(deps, task, run);
      await deps.partitions.complete(task.space, task.actions);
    });
  }
}

/** A principal with all scopes of a user, unless others are given. */
export function principal(sub: string, scopes: Scope[] = ['feed', 'log', 'track']): Principal {
  return {
    sub,
    space: SPACE,
    scopes: new Set(scopes),
    objects: { exact: new Set(), prefixes: [''] },
    verbs: null,
    expiresAt: asMillis(Number.MAX_SAFE_INTEGER),
  };
}

/** A principal with the service scope, which allows every call. */
export const service: Principal = principal('backend', ['service']);
