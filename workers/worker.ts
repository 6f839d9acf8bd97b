/** A worker process: processes partitions, fan-outs and tasks. Any number may run. `createWorker` does not connect. */
import { storeDeadLettersIn } from '../core/dead-letters/store.ts';
import type { FanOutDeps } from '../core/fanout/fan-out.ts';
import { repairCrashedWrites } from '../core/feed/write/crashed-writers.ts';
import { SettingsHandlers } from '../core/handlers/handlers.ts';
import { hasApplicationCode } from '../core/settings.ts';
import { MaintenanceQueue } from '../infra/bullmq/maintenance-queue.ts';
import { BatchJobQueue, BullFanOutQueue, backoff, queuePrefix } from '../infra/bullmq/queues.ts';
import { LostJobDetector, takeOver } from '../infra/bullmq/takeover.ts';
import type { Config } from '../infra/config.ts';
import { createIdGenerator } from '../infra/ids.ts';
import { createFaultLogger, createLogger, type Logger } from '../infra/log.ts';
import { connectMongo } from '../infra/mongo/connect.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import { runPeriodically } from '../infra/periodic-run.ts';
import { RedisBus } from '../infra/redis/bus.ts';
import { RedisCallLedger } from '../infra/redis/call-ledger.ts';
import { connectWithRetry } from '../infra/redis/connect.ts';
import { CHECK_MS, Epoch } from '../infra/redis/epoch.ts';
import { createIntervalLock } from '../infra/redis/interval-lock.ts';
import { RedisInvalidations } from '../infra/redis/invalidations.ts';
import { RedisPartitionQueue } from '../infra/redis/partition-queue.ts';
import { RedisPendingTasks } from '../infra/redis/pending-tasks.ts';
import { RedisClock } from '../infra/redis/position-clock.ts';
import { HEARTBEAT_MS, Presence } from '../infra/redis/presence.ts';
import { withTimeout } from '../infra/timeout.ts';
import { isTransient } from '../infra/transient-errors.ts';
import { fanOutWorker } from './fan-out.ts';
import { maintenanceWorker, pollTasks } from './maintenance.ts';
import { laggingWorker, partitionWorker, pollPartitions } from './partitions.ts';
import { ReadinessGate } from './readiness-gate.ts';
import { SpacePriority } from './space-priority.ts';

/** Concurrent jobs of current and lagging spaces, of large audiences, and of tasks. */
const CONCURRENCY = { partitions: 8, lagging: 4, fanOut: 2, maintenance: 4 };
/** How often busy partitions and due tasks are polled, and crashed writers repaired. */
const POLL_MS = 2_000;
const REPAIR_MS = 5_000;
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
  /** Finishes running jobs, for up to 7 s, and leaves the rest to other workers. */
  close(): Promise<void>;
}

export function createWorker(config: Config): WorkerProcess {
  const log = createLogger('worker', config.logLevel);
  const closers: Array<() => unknown> = [];
  const stopping = new AbortController();
  const timers: Array<() => void> = [];
  let finish = async (): Promise<void> => undefined;

  async function start(): Promise<void> {
    const redis = connectWithRetry(config.redisUrl, log);
    const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
    closers.push(closeMongo, async () => redis.disconnect());
    const bus = new RedisBus(redis);
    const spacePriority = new SpacePriority();
    const batchJobQueue = new BatchJobQueue(redis, log, (space) => spacePriority.isCompeting(space));
    const fanOutQueue = new BullFanOutQueue(redis);
    const maintenanceQueue = new MaintenanceQueue(redis, log);
    const tasks = new RedisPendingTasks(redis, bus, (due) => void maintenanceQueue.notify(due));
    const epoch = new Epoch(redis);
    const spaces = new MongoSpaces(connection, config.mongodbUri);
    const partitions = new RedisPartitionQueue(redis, bus, log, storeDeadLettersIn(spaces));
    const ledger = new RedisCallLedger(redis, log);
    if (hasApplicationCode(config.settings)) ledger.start();
    closers.push(async () => ledger.stop());
    const shared: FanOutDeps = {
      fanOutQueue,
      spaces,
      clock: new RedisClock(redis, epoch),
      invalidations: new RedisInvalidations(redis),
      tasks,
      bus,
      settings: config.settings,
      handlers: new SettingsHandlers(config.settings, createFaultLogger(log), {
        isCircuitOpen: (call) => ledger.isCircuitOpen(call),
      }),
      newId: createIdGenerator(),
    };
    const options = (concurrency: number) => ({
      connection: redis,
      prefix: queuePrefix,
      concurrency,
      ...TAKEOVER_OPTIONS,
      settings: { backoffStrategy: backoff },
      autorun: false,
    });
    closers.push(
      () => batchJobQueue.close(),
      () => fanOutQueue.close(),
      () => maintenanceQueue.close(),
    );
    const partitionDeps = { ...shared, partitions, batchJobQueue, ledger, log, spacePriority };
    const workers = [
      partitionWorker(partitionDeps, options(CONCURRENCY.partitions)),
      laggingWorker(partitionDeps, options(CONCURRENCY.lagging)),
      fanOutWorker({ ...shared, partitions, ledger, stopping: stopping.signal }, options(CONCURRENCY.fanOut)),
      maintenanceWorker(
        { ...shared, tasks, maintenanceQueue, ledger, stopping: stopping.signal },
        options(CONCURRENCY.maintenance),
      ),
    ];
    let isReady = false;
    const readinessGate = new ReadinessGate({
      log,
      probe: async () => {
        const result = await withTimeout(async () => {
          if (!connection.db) throw new Error('MongoDB is not connected');
          await Promise.all([connection.db.admin().ping(), redis.ping()]);
        }, PROBE_MS);
        if (!result) throw new Error('a database did not respond in time');
      },
      onOpen: () => {
        for (const worker of workers) void worker.resume();
        if (!isReady) log.info('worker ready');
        isReady = true;
      },
      onClose: () => {
        for (const worker of workers) void worker.pause(true);
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
    const presence = new Presence(redis, workers.map(({ id }) => id).join(' '));
    const queues = [...batchJobQueue.queues, ...fanOutQueue.queues, ...maintenanceQueue.queues];
    const intervalLock = createIntervalLock(redis);
    const repeatEvery = (everyMs: number, work: () => Promise<unknown>) =>
      timers.push(
        runPeriodically(everyMs, work, (error) => log.warn({ err: error }, 'periodic job failed; retrying')),
      );
    repeatEvery(HEARTBEAT_MS, async () => {
      const dead = await presence.beat();
      if (dead.length === 0) return;
      const deadWorkers = new Set(dead.flatMap((ids) => ids.split(' ')));
      const taken = await takeOver(redis, queues, (worker) => deadWorkers.has(worker));
      if (taken > 0) log.warn({ jobs: taken }, 'took over jobs of a dead worker');
    });
    const lostJobs = new LostJobDetector(new Map(workers.map((worker) => [worker.id, worker])));
    repeatEvery(LOST_JOB_CHECK_MS, async () => {
      lostJobs.startScan();
      const taken = await takeOver(redis, queues, lostJobs.isLost);
      if (taken > 0) log.warn({ jobs: taken }, 'took back lost jobs');
    });
    repeatEvery(CHECK_MS, async () => {
      if (!(await epoch.check())) return;
      const requeued = { tasks: await tasks.requeueRecent(), fanOuts: await fanOutQueue.requeueRecent() };
      log.warn(requeued, 'Redis lost its memory; requeued known tasks');
    });
    repeatEvery(POLL_MS, async () => {
      if (!(await intervalLock('poll', POLL_MS / 2))) return;
      await pollPartitions({ partitions, batchJobQueue });
      await pollTasks({ tasks, maintenanceQueue });
    });
    repeatEvery(REPAIR_MS, async () => {
      if (isReady && (await intervalLock('repair', REPAIR_MS / 2))) await repairCrashedWrites(shared);
    });
    finish = async () => {
      readinessGate.stop();
      const finished = await withTimeout(
        () => Promise.all(workers.map((worker) => worker.close())),
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
