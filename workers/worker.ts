/** A worker process: drains lanes and fans out. Any number may run; `createWorker` connects nothing by itself. */
import type { FanOutDeps } from '../core/fanout.ts';
import { SettingsHandlers } from '../core/handlers.ts';
import { BullFanOutQueue, backoff, LaneQueue, queuePrefix } from '../infra/bullmq/queues.ts';
import { UpkeepQueue } from '../infra/bullmq/upkeep.ts';
import type { Config } from '../infra/config.ts';
import { idSource } from '../infra/ids.ts';
import { createLogger, type Logger, logFaults } from '../infra/log.ts';
import { connectMongo } from '../infra/mongo/connect.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import { RedisBus } from '../infra/redis/bus.ts';
import { RedisChores } from '../infra/redis/chores.ts';
import { RedisChurn } from '../infra/redis/churn.ts';
import { RedisClock } from '../infra/redis/clock.ts';
import { connectPatiently } from '../infra/redis/connect.ts';
import { RedisLanes } from '../infra/redis/lanes.ts';
import { fanOutWorker } from './fanout.ts';
import { behindWorker, laneWorker } from './lanes.ts';
import { upkeepWorker } from './upkeep.ts';

/** Lanes drained, of spaces that are current and behind, large audiences served, and chores done at once. */
const PARALLEL = { lanes: 8, behind: 2, fanOut: 2, upkeep: 4 };
const SWEEP_MS = 5_000;
/** A job whose worker died is taken over after this, and as often as workers die. */
const TAKE_OVER = { lockDuration: 15_000, stalledInterval: 5_000, maxStalledCount: Number.MAX_SAFE_INTEGER };

export interface WorkerProcess {
  readonly log: Logger;
  start(): Promise<void>;
  /** Finishes what is being done, then lets go of everything. */
  close(): Promise<void>;
}

export function createWorker(config: Config): WorkerProcess {
  const log = createLogger('worker', config.logLevel);
  const opened: Array<() => Promise<unknown>> = [];

  async function start(): Promise<void> {
    const redis = connectPatiently(config.redisUrl, log);
    const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
    opened.push(closeMongo, async () => redis.disconnect());
    const bus = new RedisBus(redis);
    const laneQueue = new LaneQueue(redis, log);
    const fanOutQueue = new BullFanOutQueue(redis);
    const upkeepQueue = new UpkeepQueue(redis, log);
    const chores = new RedisChores(redis, bus, (due) => void upkeepQueue.wake(due));
    const lanes = new RedisLanes(redis, bus, log);
    const shared: FanOutDeps = {
      fanOutQueue,
      spaces: new MongoSpaces(connection, config.mongodbUri),
      clock: new RedisClock(redis),
      churn: new RedisChurn(redis),
      chores,
      bus,
      settings: config.settings,
      handlers: new SettingsHandlers(config.settings, logFaults(log)),
      newId: idSource(),
    };
    const options = (concurrency: number) => ({
      connection: redis,
      prefix: queuePrefix,
      concurrency,
      ...TAKE_OVER,
      settings: { backoffStrategy: backoff },
    });
    opened.push(
      () => laneQueue.close(),
      () => fanOutQueue.close(),
      () => upkeepQueue.close(),
    );
    const workers = [
      laneWorker({ ...shared, lanes, laneQueue, log }, options(PARALLEL.lanes)),
      behindWorker({ ...shared, lanes, laneQueue, log }, options(PARALLEL.behind)),
      fanOutWorker({ ...shared, lanes }, options(PARALLEL.fanOut)),
      upkeepWorker({ ...shared, chores, upkeepQueue }, options(PARALLEL.upkeep)),
    ];
    for (const worker of workers) {
      worker.on('failed', (job, error) => {
        log.warn(
          { err: error, job: job?.data, attempt: job?.attemptsMade },
          'a job failed and is tried again',
        );
      });
      // Told by the connection itself; BullMQ would otherwise throw.
      worker.on('error', () => undefined);
      opened.push(() => worker.close());
    }
    await laneQueue.sweepEvery(SWEEP_MS);
    await upkeepQueue.sweepEvery(SWEEP_MS);
    log.info('worker ready');
  }

  async function close(): Promise<void> {
    for (const end of opened.splice(0).reverse()) await end();
  }

  return { log, start, close };
}
