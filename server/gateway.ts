/** A gateway process: HTTP and sockets. Any number may run; `createGateway` connects nothing before `listen`. */
import { createServer } from 'node:http';
import type { Express } from 'express';
import { SettingsHandlers } from '../core/handlers.ts';
import { hasCode } from '../core/settings.ts';
import type { RateLimits } from '../infra/bounds.ts';
import { BullFanOutQueue, LaneQueue } from '../infra/bullmq/queues.ts';
import { UpkeepQueue } from '../infra/bullmq/upkeep.ts';
import type { Config } from '../infra/config.ts';
import type { CurrentCall } from '../infra/current-call.ts';
import { PinoEventLog } from '../infra/event-log.ts';
import { hostInUrl } from '../infra/host.ts';
import { idSource } from '../infra/ids.ts';
import { createLogger, type Logger, logFaults } from '../infra/log.ts';
import { Metrics } from '../infra/metrics.ts';
import { connectMongo } from '../infra/mongo/connect.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import { RecentSpaces } from '../infra/recent-spaces.ts';
import { Backlog } from '../infra/redis/backlog.ts';
import { BusSubscriber, RedisBus } from '../infra/redis/bus.ts';
import { RedisCallLedger } from '../infra/redis/call-ledger.ts';
import { RedisChores } from '../infra/redis/chores.ts';
import { RedisChurn } from '../infra/redis/churn.ts';
import { RedisClock } from '../infra/redis/clock.ts';
import { connectPatiently, connectRedis } from '../infra/redis/connect.ts';
import { RedisDeletedUsers } from '../infra/redis/deleted-users.ts';
import { Epoch } from '../infra/redis/epoch.ts';
import { backlogKey } from '../infra/redis/keys.ts';
import { lagReader } from '../infra/redis/lag.ts';
import { RedisActionQueue } from '../infra/redis/queue.ts';
import { burstOf, sharedRate } from '../infra/redis/rates.ts';
import { within } from '../infra/within.ts';
import { TokenVerifier } from './auth.ts';
import { Closing, stopping } from './closing.ts';
import { DeletedUsers } from './deleted-users.ts';
import { CountsPusher } from './delivery/counts.ts';
import { Delivery } from './delivery/delivery.ts';
import { Readers } from './delivery/readers.ts';
import { ResetPusher } from './delivery/resets.ts';
import { Sessions } from './delivery/sessions.ts';
import { SlowClients } from './delivery/slow.ts';
import { Watching } from './delivery/watching.ts';
import { Gate } from './gate.ts';
import { createApp } from './http/app.ts';
import { Health } from './http/health.ts';
import { serveInTurn } from './http/pipeline.ts';
import { listenAt, serverOptions } from './http/server.ts';
import { Admission } from './limits/admission.ts';
import { Failures } from './limits/failures.ts';
import { inTurn } from './limits/in-turn.ts';
import { Overloads } from './limits/overloads.ts';
import { PayloadThrottle } from './limits/payload-throttle.ts';
import { Rates } from './limits/rates.ts';
import { Payloads } from './payloads.ts';
import { RefusalLog } from './refusal-log.ts';
import { Services } from './services.ts';
import { Slices } from './slices.ts';
import { Outboxes } from './sockets/outbox.ts';
import { createSockets } from './sockets/sockets.ts';
import { unfinishedInput } from './unfinished.ts';
import { unsentOutput } from './unsent.ts';
import { VerifiedTokens } from './verified-tokens.ts';
import { Visitors } from './visitors.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds that connections to databases and queues have to close. No caller waits for them any more. */
const END_MS = 3_000;

export interface GatewayOptions {
  /** More routes beside the hub's own. */
  routes?: (app: Express) => void;
  /** Where created events are recorded, as JSON lines. Default: standard output. */
  eventRecords?: { write(line: string): void };
  /** Where a watchdog runs: what it is told of calls to handlers. */
  call?: CurrentCall;
}

export interface Gateway {
  readonly log: Logger;
  /** @throws ConfigError where the port is taken */
  listen(): Promise<{ port: number; url: string }>;
  close(): Promise<void>;
}

export function createGateway(config: Config, options: GatewayOptions = {}): Gateway {
  const log = createLogger('gateway', config.logLevel);
  const opened: Array<() => unknown> = [];
  let stop = async (): Promise<void> => undefined;

  async function listen(): Promise<{ port: number; url: string }> {
    const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
    const redis = connectRedis(config.redisUrl, log);
    const ear = connectPatiently(config.redisUrl, log, { autoResubscribe: false });
    opened.push(
      closeMongo,
      () => redis.disconnect(),
      () => ear.disconnect(),
    );

    const recent = new RecentSpaces();
    const laneQueue = new LaneQueue(redis, log, (space) => recent.hasOther(space));
    const fanOut = new BullFanOutQueue(redis);
    const upkeepQueue = new UpkeepQueue(redis, log);
    const backlog = new Backlog(redis, config.bounds.backlog);
    backlog.start();
    opened.push(() => backlog.stop());
    const metrics = new Metrics();
    metrics.watchQueues({
      queues: {
        lanes: () => laneQueue.counts(),
        fanout: () => fanOut.counts(),
        upkeep: () => upkeepQueue.counts(),
      },
      lag: lagReader(redis),
      backlog: () => backlog.read(),
      deadLetters: async () => Number((await redis.hget(backlogKey, 'deadLetters')) ?? 0),
    });
    const queue = metrics.counted(
      inTurn(new RedisActionQueue(redis, (...woken) => laneQueue.wakeAccepted(...woken), backlog)),
    );
    const spaces = new MongoSpaces(connection, config.mongodbUri);
    const join = (space: string) => subscriber.join(space);
    const hold = (space: string) => subscriber.hold(space);
    const waiting = new Waiting(queue, { join, hold });
    const ledger = new RedisCallLedger(redis, log, options.call?.process);
    if (hasCode(config.settings)) ledger.start();
    opened.push(() => ledger.stop());
    const handlers = new SettingsHandlers(config.settings, logFaults(log), {
      isResting: (about) => ledger.isResting(about),
      texts: options.call,
    });
    const bus = new RedisBus(redis);
    const epoch = new Epoch(redis);
    const clock = new RedisClock(redis, epoch);
    const chores = new RedisChores(redis, bus, (due) => void upkeepQueue.wake(due));
    const newId = idSource();
    const deletedUserIndex = new RedisDeletedUsers(redis);
    const overloads = new Overloads();
    const services = new Services({
      overloads,
      inSteps: new Slices().run,
      deletedUsers: deletedUserIndex,
      log,
      spaces,
      queue,
      waiting,
      clock,
      churn: new RedisChurn(redis),
      bus,
      chores,
      settings: config.settings,
      handlers,
      linkOrigins: config.bounds.linkOrigins,
      eventLog: new PinoEventLog(config.logLevel, options.eventRecords),
      newId,
      now: Date.now,
      trackersPerUser: config.bounds.trackersPerUser,
    });
    const deletedUsers = new DeletedUsers({
      spaces,
      index: deletedUserIndex,
      settings: config.settings,
      now: Date.now,
    });
    const { rate, rateService, failuresPerMinute } = config.bounds;
    const ratesOf = (name: string, { log: logs, call }: RateLimits) => ({
      log: sharedRate(redis, `${name}log`, burstOf(logs)),
      call: sharedRate(redis, `${name}call`, burstOf(call)),
    });
    const rates = new Rates(ratesOf('', rate), rateService && ratesOf('service:', rateService));
    const throttle = new PayloadThrottle(recent);
    const admission = new Admission({
      recent,
      throttle,
      rates,
      overloads,
      isKnown: (...key) => queue.knows(...key),
      refused: (reason) => metrics.refused(reason),
    });
    const failures = new Failures(
      sharedRate(redis, 'failures', { capacity: failuresPerMinute, seconds: 60 }),
      () => metrics.refused('failures'),
    );
    const gate = new Gate(
      new VerifiedTokens(new TokenVerifier(config)),
      deletedUsers,
      failures,
      new RefusalLog(log),
    );
    const health = new Health({
      connection,
      redis,
      queues: { lanes: laneQueue, fanOut, upkeep: upkeepQueue },
      backlog,
    });

    const visitors = new Visitors(config.bounds);
    const unfinished = unfinishedInput();
    const unsent = unsentOutput();
    const outboxes = new Outboxes(unsent);
    const closing = new Closing();
    const payloads = new Payloads();
    const app = createApp({
      config,
      gate,
      visitors,
      closing,
      unfinished,
      payloads,
      admission,
      services,
      health,
      metrics,
      log,
      routes: options.routes,
    });
    const http = createServer(serverOptions(config.bounds.trustedProxies), app);
    // Node.js answers expectations it does not know with 417; they may as well be ignored (RFC 9110, 10.1.1).
    http.on('checkExpectation', (request, response) => void http.emit('request', request, response));
    const slow = new SlowClients(outboxes);
    const watching = new Watching({
      spaces,
      clock,
      settings: config.settings,
      handlers,
      slow,
      newId,
      log,
    });
    const { io, sendAway } = createSockets(http, {
      config,
      visitors,
      unfinished,
      outboxes,
      payloads,
      closing,
      gate,
      admission,
      services,
      watching,
      metrics,
      join,
      hold,
      log,
    });
    visitors.watch(http);
    closing.watch(http);
    serveInTurn(http, unsent);
    const readers = new Readers(io, slow);
    const counts = new CountsPusher(io, readers, spaces, metrics, log);
    const resets = new ResetPusher(readers);
    const sessions = new Sessions(io, deletedUsers);
    const delivery = new Delivery({
      readers,
      counts,
      resets,
      sessions,
      watching,
      handlers,
      settled: (space, ids, isDead) => waiting.heard(space, ids, isDead),
    });
    const subscriber = new BusSubscriber(
      ear,
      {
        onMessage: (space, message) => delivery.take(space, message),
        onGap: () => {
          delivery.gap();
          waiting
            .checkAll()
            .catch((error: unknown) => log.warn({ err: error }, 'waiting callers could not be checked'));
          sessions
            .checkAll()
            .catch((error: unknown) => log.warn({ err: error }, 'sessions could not be checked'));
        },
      },
      log,
    );
    opened.push(
      epoch.watch(
        async () => {
          log.warn('Redis lost its memory; clients are told to reload');
          waiting.forgotten();
          delivery.gap();
          await chores.askAgain();
        },
        () => undefined,
      ),
      () => laneQueue.close(),
      () => fanOut.close(),
      () => upkeepQueue.close(),
      () => counts.close(),
      () => resets.close(),
    );
    stop = async () => {
      const finished = closing.finish(http);
      throttle.close(stopping());
      waiting.close();
      await finished;
      await sendAway();
      await closing.leave(http);
      await io.close();
    };

    const port = await listenAt(http, config);
    log.info({ port, ...(config.host !== null && { host: config.host }) }, 'gateway ready');
    return { port, url: `http://${hostInUrl(config.host)}:${port}` };
  }

  async function close(): Promise<void> {
    await stop();
    const deadline = Date.now() + END_MS;
    for (const end of opened.splice(0).reverse()) {
      const left = Math.max(0, deadline - Date.now());
      if (!(await within(async () => end(), left))) log.warn('a connection did not close in time');
    }
  }

  return { log, listen, close };
}
