/** A worker process: processes partitions, fan-outs and tasks. Any number may run. `createWorker` does not connect. */
import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { storeDeadLettersIn } from '../core/dead-letters/store.ts';
import type { FanOutBounds } from '../core/fanout/batch.ts';
import { RecentReads } from '../core/fanout/recent-reads.ts';
import { repairCrashedWrites } from '../core/feed/write/crashed-writers.ts';
import { asMillis, wallClock } from '../core/model/units.ts';
import { hasApplicationCode } from '../core/settings.ts';
import { backoff } from '../infra/bullmq/queues.ts';
import { LostJobDetector, takeOver } from '../infra/bullmq/takeover.ts';
import { createLogger, type Logger } from '../infra/log.ts';
import { runPeriodically } from '../infra/periodic-run.ts';
import { openPorts } from '../infra/ports.ts';
import { connectForBlocking, connectWithRetry } from '../infra/redis/connect.ts';
import { RedisConnectedUsers } from '../infra/redis/connected-users.ts';
import { CHECK_MS } from '../infra/redis/epoch.ts';
import { createTakeTurn } from '../infra/redis/interval-turn.ts';
import type { Shard } from '../infra/redis/keys.ts';
import { RedisPartitionQueue } from '../infra/redis/partition-queue.ts';
import { HEARTBEAT_MS, Presence } from '../infra/redis/presence.ts';
import { WakeUpListener } from '../infra/redis/wake-up-listener.ts';
import { WakeUps } from '../infra/redis/wake-ups.ts';
import { withTimeout } from '../infra/timeout.ts';
import { isTransient } from '../infra/transient-errors.ts';
import { fanOutWorker } from './fan-out.ts';
import { maintenanceWorker, pollTasks } from './maintenance.ts';
import { laggingWorker, partitionWorker, pollPartitions } from './partitions.ts';
import { ReadinessGate } from './readiness-gate.ts';
import { pollSnoozeEnds, reloadSnoozeEnds } from './snooze-ends.ts';
import { SpacePriority } from './space-priority.ts';
import { requestJobs } from './time-slice.ts';
import { processWoken } from './woken-partitions.ts';

/** Concurrent jobs of current and lagging spaces, of large audiences, and of tasks. */
const CONCURRENCY = { partitions: 8, lagging: 4, fanOut: 2, maintenance: 4 };
/** Of a queue of one shard. With several shards, all together may exceed the total: most are idle. */
const concurrencyOf = (total: number, shardCount: number): number =>
  shardCount === 1 ? total : Math.max(2, Math.ceil(total / shardCount));
/** How often busy partitions and due tasks are polled, and crashed writers repaired. */
const POLL_MS = 2_000;
const REPAIR_MS = 5_000;
/** How often snoozed items that are due are looked for, and when they are due is read from the database again. */
const SNOOZE_POLL_MS = 1_000;
const SNOOZE_RELOAD_MS = 300_000;
/** How often lost jobs are searched for. A job is taken back when two searches find it. */
const LOST_JOB_CHECK_MS = 1_000;
/**
 * A job whose worker died is taken over when others notice (presence.ts), or else when its lock expires; any number of times.
 * Commands that a lost connection interrupted are sent again after `runRetryDelay`.
 */
const TAKEOVER_OPTIONS = {
  lockDuration: 15_000,
  stalledInterval: 5_000,
  maxStalledCount: Number.MAX_SAFE_INTEGER,
  runRetryDelay: 500,
  /** Seconds that an idle queue waits for a notification: a stopped process may have consumed it. */
  drainDelay: 2,
};
const PROBE_MS = 1_000;
/** Running jobs have this long to finish when the worker stops. Then other workers take them over. */
const FINISH_MS = 5_000;
/** Closing the connections after that has this long. */
const CLOSE_MS = 2_000;

export interface WorkerProcess {
  readonly log: Logger;
  /** Returns before the databases are available. The worker takes no jobs until then. */
  start(): Promise<void>;
  /** Finishes running jobs, for up to 8 s, and leaves the rest to other workers. */
  close(): Promise<void>;
}

export interface WorkerOptions {
  /** Default: `defaultBounds`. */
  bounds?: FanOutBounds;
}

export function createWorker(config: Config, { bounds }: WorkerOptions = {}): WorkerProcess {
  const log = createLogger('worker', config.logLevel);
  const closers: Array<() => unknown> = [];
  const stopping = new AbortController();
  const timers: Array<() => void> = [];
  let finish = async (): Promise<void> => undefined;

  async function start(): Promise<void> {
    const redis = connectWithRetry(config.redisUrl, log);
    const spacePriority = new SpacePriority();
    const hasOthers = (space: string) => spacePriority.isCompeting(space);
    const opened = openPorts(config, log, { redis, hasOthers });
    const { pingMongo, pingRedis, shards, epochs, ledger, ports } = opened;
    const { batchJobQueue, fanOutQueue, maintenanceQueue } = opened;
    closers.push(...opened.closers);
    const { tasks } = ports;
    const partitions = new RedisPartitionQueue(
      redis,
      shards,
      ports.bus,
      log,
      storeDeadLettersIn(ports.spaces),
    );
    const queues = { batchJobQueue, fanOutQueue, maintenanceQueue };
    const processId = randomUUID();
    const wakeUps = new WakeUps(redis, shards, processId);
    const recentReads = new RecentReads();
    // Redis may have lost invalidations: a server, or a node of a cluster.
    for (const event of ['close', '-node']) redis.on(event, () => recentReads.clear());
    const deps = {
      ...ports,
      recentReads,
      now: wallClock,
      monotonicNow: () => asMillis(performance.now()),
      ...queues,
      bounds,
      partitions,
      connectedUsers: new RedisConnectedUsers(redis, shards, log),
      wakeUps,
      ledger,
      log,
      spacePriority,
      stopping: stopping.signal,
    };
    const workersOf = ({ queuePrefix }: Shard) => {
      const options = (concurrency: number) => ({
        connection: redis,
        prefix: queuePrefix,
        concurrency: concurrencyOf(concurrency, shards.count),
        ...TAKEOVER_OPTIONS,
        settings: { backoffStrategy: backoff },
        autorun: false,
      });
      return [
        partitionWorker(deps, options(CONCURRENCY.partitions)),
        laggingWorker(deps, options(CONCURRENCY.lagging)),
        fanOutWorker(deps, options(CONCURRENCY.fanOut)),
        maintenanceWorker(deps, options(CONCURRENCY.maintenance)),
      ];
    };
    const workers = shards.all.flatMap(workersOf);
    const listener = new WakeUpListener({
      sources: shards.all.map((shard) => ({ shard, redis: connectForBlocking(config.redisUrl, log) })),
      concurrency: CONCURRENCY.partitions,
      // A batch of several partitions costs little more than one. But the application's code may delay the whole batch.
      isBatching: !hasApplicationCode(config.settings),
      process: ([first, ...others]) => {
        const partitions = [...new Set([first, ...others].map(({ partition }) => partition))];
        const woken = { space: first.space, partitions };
        return processWoken(deps, woken, (error) => {
          log.warn({ err: error, job: woken }, 'job failed; retrying');
          if (isTransient(error)) readinessGate.trip(error);
        });
      },
      onError: (error) => log.warn({ err: error }, 'woken partitions failed; polling will find them'),
    });
    let isReady = false;
    const readinessGate = new ReadinessGate({
      log,
      probe: async () => {
        const result = await withTimeout(() => Promise.all([pingMongo(), pingRedis()]), PROBE_MS);
        if (!result) throw new Error('a database did not respond in time');
      },
      onOpen: () => {
        for (const worker of workers) void worker.resume();
        listener.resume();
        if (!isReady) log.info('worker ready');
        isReady = true;
      },
      onClose: () => {
        for (const worker of workers) void worker.pause(true);
        listener.pause();
      },
    });
    for (const worker of workers) {
      worker.on('failed', (job, error) => {
        log.warn({ err: error, job: job?.data, attempt: job?.attemptsMade }, 'job failed; retrying');
        if (isTransient(error)) readinessGate.trip(error);
      });
      // Otherwise BullMQ would throw. The connection reports its own loss; Redis may also refuse commands.
      worker.on('error', (error) => {
        if (isTransient(error)) readinessGate.trip(error);
      });
    }
    const presence = new Presence(redis, [...workers.map(({ id }) => id), processId].join(' '));
    const allQueues = Object.values(queues).flatMap((queue) => queue.queues);
    const takeTurn = createTakeTurn(redis);
    const onPeriodicError = (error: unknown) => log.warn({ err: error }, 'periodic job failed; retrying');
    const repeatEvery = (everyMs: number, work: () => Promise<unknown>) =>
      timers.push(runPeriodically(everyMs, work, onPeriodicError));
    const takeOverFrom = async (deadWorkers: ReadonlySet<string>) => {
      const taken = await takeOver(redis, allQueues, (worker) => deadWorkers.has(worker));
      if (taken > 0) log.warn({ jobs: taken }, 'took over jobs of a dead worker');
      for (const { space, partition } of await wakeUps.takeOver([...deadWorkers]))
        await requestJobs(deps, { space, partitions: [partition] });
    };
    // Heartbeats wait for nothing else: commands to another shard may wait until its server is available.
    repeatEvery(HEARTBEAT_MS, async () => {
      const dead = await presence.beat();
      if (dead.length > 0)
        takeOverFrom(new Set(dead.flatMap((ids) => ids.split(' ')))).catch(onPeriodicError);
    });
    repeatEvery(HEARTBEAT_MS, () =>
      wakeUps.refreshClaims().catch((error: unknown) => log.warn({ err: error }, 'cannot refresh claims')),
    );
    const lostJobs = new LostJobDetector(new Map(workers.map((worker) => [worker.id, worker])));
    repeatEvery(LOST_JOB_CHECK_MS, async () => {
      lostJobs.startScan();
      const taken = await takeOver(redis, allQueues, lostJobs.isLost);
      if (taken > 0) log.warn({ jobs: taken }, 'took back lost jobs');
    });
    let areSnoozeEndsCurrent = false;
    repeatEvery(SNOOZE_POLL_MS, async () => {
      if (!isReady) return;
      if (!areSnoozeEndsCurrent || (await takeTurn('snooze-ends', SNOOZE_RELOAD_MS))) {
        areSnoozeEndsCurrent = true;
        await reloadSnoozeEnds(deps).catch((error: unknown) => {
          areSnoozeEndsCurrent = false;
          throw error;
        });
      }
      await pollSnoozeEnds(deps, shards);
    });
    repeatEvery(CHECK_MS, async () => {
      if (!(await epochs.check())) return;
      const requeued = { tasks: await tasks.requeueRecent(), fanOuts: await fanOutQueue.requeueRecent() };
      log.warn(requeued, 'Redis lost its data; requeued known tasks');
      areSnoozeEndsCurrent = false;
    });
    repeatEvery(POLL_MS, async () => {
      if (!(await takeTurn('poll', POLL_MS / 2))) return;
      await pollPartitions(deps);
      await pollTasks(deps, shards);
    });
    repeatEvery(REPAIR_MS, async () => {
      if (isReady && (await takeTurn('repair', REPAIR_MS / 2))) await repairCrashedWrites(deps);
    });
    finish = async () => {
      readinessGate.stop();
      const finished = await withTimeout(
        () => Promise.all([listener.close(), ...workers.map((worker) => worker.close())]),
        FINISH_MS,
      );
      if (!finished) log.warn('left running jobs to other workers');
      await withTimeout(() => presence.leave(), PROBE_MS);
    };
    readinessGate.start();
  }

  async function close(): Promise<void> {
    stopping.abort();
    for (const end of timers) end();
    await finish();
    await withTimeout(async () => {
      for (const end of closers.splice(0).reverse()) await end();
    }, CLOSE_MS);
  }

  return { log, start, close };
}
