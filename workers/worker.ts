/** A worker process: drains lanes and fans out. Any number may run; `createWorker` connects nothing by itself. */
import { burialIn } from '../core/dead-letter-burial.ts';
import type { FanOutDeps } from '../core/fanout.ts';
import { repairAbandoned } from '../core/feed/abandoned.ts';
import { SettingsHandlers } from '../core/handlers.ts';
import { hasCode } from '../core/settings.ts';
import { BullFanOutQueue, backoff, LaneQueue, queuePrefix } from '../infra/bullmq/queues.ts';
import { Strays, takeOver } from '../infra/bullmq/takeover.ts';
import { UpkeepQueue } from '../infra/bullmq/upkeep.ts';
import type { Config } from '../infra/config.ts';
import { idSource } from '../infra/ids.ts';
import { createLogger, type Logger, logFaults } from '../infra/log.ts';
import { connectMongo } from '../infra/mongo/connect.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import { RedisBus } from '../infra/redis/bus.ts';
import { RedisCallLedger } from '../infra/redis/call-ledger.ts';
import { RedisChores } from '../infra/redis/chores.ts';
import { RedisChurn } from '../infra/redis/churn.ts';
import { RedisClock } from '../infra/redis/clock.ts';
import { connectPatiently } from '../infra/redis/connect.ts';
import { Epoch, LOOK_MS } from '../infra/redis/epoch.ts';
import { RedisLanes } from '../infra/redis/lanes.ts';
import { BEAT_MS, Presence } from '../infra/redis/presence.ts';
import { turnsOf } from '../infra/redis/turn.ts';
import { repeated } from '../infra/repeated.ts';
import { isTransient } from '../infra/transient.ts';
import { within } from '../infra/within.ts';
import { fanOutWorker } from './fanout.ts';
import { Gate } from './gate.ts';
import { behindWorker, laneWorker, sweepLanes } from './lanes.ts';
import { Precedence } from './precedence.ts';
import { sweepChores, upkeepWorker } from './upkeep.ts';

/** Lanes drained, of spaces that are current and behind, large audiences served, and chores done at once. */
const PARALLEL = { lanes: 8, behind: 4, fanOut: 2, upkeep: 4 };
/** How often lanes and chores are looked for that nobody was woken for, and writers that died. */
const SWEEP_MS = 2_000;
const REPAIR_MS = 5_000;
/** How often jobs are looked for that were lost on their way here; they are taken back at the second look. */
const STRAY_MS = 1_000;
/**
 * A job whose worker died is taken over when others notice (presence.ts), or where they cannot after its lock ran out; and as
 * often as workers die. Commands that a lost connection cut off are sent again after `runRetryDelay`.
 */
const TAKE_OVER = {
  lockDuration: 15_000,
  stalledInterval: 5_000,
  maxStalledCount: Number.MAX_SAFE_INTEGER,
  runRetryDelay: 500,
  /** Seconds an idle queue waits to be woken: a process that was stopped may have taken the wake-up. */
  drainDelay: 2,
};
const PROBE_MS = 1_000;
/** Jobs under way have this long to end when the worker is told to stop; then others take them over. */
const FINISH_MS = 5_000;
/** What is closed after that has this long. */
const CLOSE_MS = 2_000;

export interface WorkerProcess {
  readonly log: Logger;
  /** Returns before the databases are there; until then the worker takes no jobs. */
  start(): Promise<void>;
  /** Finishes what is being done, at most 7 s long, and leaves the rest to other workers. */
  close(): Promise<void>;
}

export function createWorker(config: Config): WorkerProcess {
  const log = createLogger('worker', config.logLevel);
  const opened: Array<() => unknown> = [];
  const stopping = new AbortController();
  const timers: Array<() => void> = [];
  let finish = async (): Promise<void> => undefined;

  async function start(): Promise<void> {
    const redis = connectPatiently(config.redisUrl, log);
    const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
    opened.push(closeMongo, async () => redis.disconnect());
    const bus = new RedisBus(redis);
    const precedence = new Precedence();
    const laneQueue = new LaneQueue(redis, log, (space) => precedence.isBeside(space));
    const fanOutQueue = new BullFanOutQueue(redis);
    const upkeepQueue = new UpkeepQueue(redis, log);
    const chores = new RedisChores(redis, bus, (due) => void upkeepQueue.wake(due));
    const epoch = new Epoch(redis);
    const spaces = new MongoSpaces(connection, config.mongodbUri);
    const lanes = new RedisLanes(redis, bus, log, burialIn(spaces));
    const ledger = new RedisCallLedger(redis, log);
    if (hasCode(config.settings)) ledger.start();
    opened.push(async () => ledger.stop());
    const shared: FanOutDeps = {
      fanOutQueue,
      spaces,
      clock: new RedisClock(redis, epoch),
      churn: new RedisChurn(redis),
      chores,
      bus,
      settings: config.settings,
      handlers: new SettingsHandlers(config.settings, logFaults(log), {
        isResting: (about) => ledger.isResting(about),
      }),
      newId: idSource(),
    };
    const options = (concurrency: number) => ({
      connection: redis,
      prefix: queuePrefix,
      concurrency,
      ...TAKE_OVER,
      settings: { backoffStrategy: backoff },
      autorun: false,
    });
    opened.push(
      () => laneQueue.close(),
      () => fanOutQueue.close(),
      () => upkeepQueue.close(),
    );
    const ofLanes = { ...shared, lanes, laneQueue, ledger, log, precedence };
    const workers = [
      laneWorker(ofLanes, options(PARALLEL.lanes)),
      behindWorker(ofLanes, options(PARALLEL.behind)),
      fanOutWorker({ ...shared, lanes, ledger, stopping: stopping.signal }, options(PARALLEL.fanOut)),
      upkeepWorker(
        { ...shared, chores, upkeepQueue, ledger, stopping: stopping.signal },
        options(PARALLEL.upkeep),
      ),
    ];
    let isReady = false;
    const gate = new Gate({
      log,
      probe: async () => {
        const answered = await within(async () => {
          if (!connection.db) throw new Error('MongoDB is not connected');
          await Promise.all([connection.db.admin().ping(), redis.ping()]);
        }, PROBE_MS);
        if (!answered) throw new Error('a database does not answer');
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
        log.warn(
          { err: error, job: job?.data, attempt: job?.attemptsMade },
          'a job failed and is tried again',
        );
        if (isTransient(error)) gate.trip(error);
      });
      // BullMQ would otherwise throw. The connection reports its own loss; Redis also refuses commands.
      worker.on('error', (error) => {
        if (isTransient(error)) gate.trip(error);
      });
    }
    const presence = new Presence(redis, workers.map(({ id }) => id).join(' '));
    const queues = [...laneQueue.queues, ...fanOutQueue.queues, ...upkeepQueue.queues];
    const turn = turnsOf(redis);
    const regularly = (everyMs: number, work: () => Promise<unknown>) =>
      timers.push(
        repeated(everyMs, work, (error) => log.warn({ err: error }, 'regular work failed; repeating it')),
      );
    regularly(BEAT_MS, async () => {
      const dead = await presence.beat();
      if (dead.length === 0) return;
      const gone = new Set(dead.flatMap((ids) => ids.split(' ')));
      const taken = await takeOver(redis, queues, (worker) => gone.has(worker));
      if (taken > 0) log.warn({ jobs: taken }, 'took over jobs of a worker that died');
    });
    const strays = new Strays(new Map(workers.map((worker) => [worker.id, worker])));
    regularly(STRAY_MS, async () => {
      strays.next();
      const taken = await takeOver(redis, queues, strays.isStray);
      if (taken > 0) log.warn({ jobs: taken }, 'took back jobs that were lost on their way here');
    });
    regularly(LOOK_MS, async () => {
      if (!(await epoch.look())) return;
      const again = { chores: await chores.askAgain(), fanOuts: await fanOutQueue.addAgain() };
      log.warn(again, 'Redis lost its memory; asking again for what is known');
    });
    regularly(SWEEP_MS, async () => {
      if (!(await turn('sweep', SWEEP_MS / 2))) return;
      await sweepLanes({ lanes, laneQueue });
      await sweepChores({ chores, upkeepQueue });
    });
    regularly(REPAIR_MS, async () => {
      if (isReady && (await turn('repair', REPAIR_MS / 2))) await repairAbandoned(shared);
    });
    finish = async () => {
      gate.end();
      const ended = await within(() => Promise.all(workers.map((worker) => worker.close())), FINISH_MS);
      if (!ended) log.warn('jobs under way are left to other workers');
      await within(() => presence.leave(), PROBE_MS);
    };
    gate.start();
  }

  async function close(): Promise<void> {
    stopping.abort();
    for (const end of timers) end();
    await finish();
    await within(async () => {
      for (const end of opened.splice(0).reverse()) await end();
    }, CLOSE_MS);
  }

  return { log, start, close };
}
