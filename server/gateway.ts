/** A gateway process serves HTTP and sockets. Any number may run. `createGateway` opens no connection before `listen`. */
import { createServer } from 'node:http';
import type { Express } from 'express';
import { SettingsHandlers } from '../core/handlers/handlers.ts';
import { hasApplicationCode } from '../core/settings.ts';
import type { RateLimits } from '../infra/bounds.ts';
import { MaintenanceQueue } from '../infra/bullmq/maintenance-queue.ts';
import { BatchJobQueue, BullFanOutQueue } from '../infra/bullmq/queues.ts';
import type { Config } from '../infra/config.ts';
import type { CurrentCall } from '../infra/current-call.ts';
import { PinoEventLog } from '../infra/event-log.ts';
import { hostInUrl } from '../infra/host.ts';
import { createIdGenerator } from '../infra/ids.ts';
import { createFaultLogger, createLogger, type Logger } from '../infra/log.ts';
import { Metrics } from '../infra/metrics.ts';
import { connectMongo } from '../infra/mongo/connect.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import { RecentSpaces } from '../infra/recent-spaces.ts';
import { RedisActionQueue } from '../infra/redis/action-queue.ts';
import { Backlog } from '../infra/redis/backlog.ts';
import { BusSubscriber, RedisBus } from '../infra/redis/bus.ts';
import { RedisCallLedger } from '../infra/redis/call-ledger.ts';
import { connectRedis, connectWithRetry } from '../infra/redis/connect.ts';
import { RedisDeletedUsers } from '../infra/redis/deleted-users.ts';
import { Epoch } from '../infra/redis/epoch.ts';
import { RedisInvalidations } from '../infra/redis/invalidations.ts';
import { backlogKey } from '../infra/redis/keys.ts';
import { lagReader } from '../infra/redis/lag.ts';
import { RedisPendingTasks } from '../infra/redis/pending-tasks.ts';
import { RedisClock } from '../infra/redis/position-clock.ts';
import { burstOf, sharedRate } from '../infra/redis/rates.ts';
import { withTimeout } from '../infra/timeout.ts';
import { TokenVerifier } from './auth.ts';
import { Authenticator } from './authenticator.ts';
import { CompletionWaiter } from './completion-waiter.ts';
import { ConnectionLimiter } from './connection-limiter.ts';
import { DeletedUsers } from './deleted-users.ts';
import { CountsPusher } from './delivery/counts.ts';
import { Delivery } from './delivery/delivery.ts';
import { Recipients } from './delivery/recipients.ts';
import { ResetPusher } from './delivery/resets.ts';
import { Sessions } from './delivery/sessions.ts';
import { SlowClients } from './delivery/slow-clients.ts';
import { WatchManager } from './delivery/watch-manager.ts';
import { GracefulShutdown, shuttingDownError } from './graceful-shutdown.ts';
import { createApp } from './http/app.ts';
import { Health } from './http/health.ts';
import { serveSequentially } from './http/pipeline.ts';
import { listenAt, serverOptions } from './http/server.ts';
import { createIncompleteInput } from './incomplete-input.ts';
import { Admission } from './limits/admission.ts';
import { AuthFailures } from './limits/auth-failures.ts';
import { limitLargeBatches } from './limits/large-batch-limit.ts';
import { Overloads } from './limits/overloads.ts';
import { PayloadThrottle } from './limits/payload-throttle.ts';
import { Rates } from './limits/rates.ts';
import { PayloadBudget } from './payload-budget.ts';
import { RejectedTokenLog } from './rejected-token-log.ts';
import { Services } from './services.ts';
import { Outboxes } from './sockets/outbox.ts';
import { createSockets } from './sockets/sockets.ts';
import { TimeSlicer } from './time-slicer.ts';
import { createUnsentOutput } from './unsent-output.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** Timeout for closing connections to databases and queues. At that point no caller waits for them. */
const CLOSE_TIMEOUT_MS = 3_000;

export interface GatewayOptions {
  /** Adds routes to the hub's own. */
  routes?: (app: Express) => void;
  /** Receives a JSON line for each created event. Default: standard output. */
  eventRecords?: { write(line: string): void };
  /** Reports running handler calls to the watchdog, if there is one. */
  call?: CurrentCall;
}

export interface Gateway {
  readonly log: Logger;
  /** @throws ConfigError if the port is taken */
  listen(): Promise<{ port: number; url: string }>;
  close(): Promise<void>;
}

export function createGateway(config: Config, options: GatewayOptions = {}): Gateway {
  const log = createLogger('gateway', config.logLevel);
  const cleanups: Array<() => unknown> = [];
  let stop = async (): Promise<void> => undefined;

  async function listen(): Promise<{ port: number; url: string }> {
    const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
    const redis = connectRedis(config.redisUrl, log);
    const subscriberRedis = connectWithRetry(config.redisUrl, log, { autoResubscribe: false });
    cleanups.push(
      closeMongo,
      () => redis.disconnect(),
      () => subscriberRedis.disconnect(),
    );

    const recent = new RecentSpaces();
    const batchJobQueue = new BatchJobQueue(redis, log, (space) => recent.hasOther(space));
    const fanOut = new BullFanOutQueue(redis);
    const maintenanceQueue = new MaintenanceQueue(redis, log);
    const backlog = new Backlog(redis, config.limits.backlog);
    backlog.start();
    cleanups.push(() => backlog.stop());
    const metrics = new Metrics();
    metrics.watchQueues({
      queues: {
        partitions: () => batchJobQueue.counts(),
        fanout: () => fanOut.counts(),
        maintenance: () => maintenanceQueue.counts(),
      },
      lag: lagReader(redis),
      backlog: () => backlog.read(),
      deadLetters: async () => Number((await redis.hget(backlogKey, 'deadLetters')) ?? 0),
    });
    const queue = metrics.instrument(
      limitLargeBatches(
        new RedisActionQueue(redis, (...accepted) => batchJobQueue.notifyAccepted(...accepted), backlog),
      ),
    );
    const spaces = new MongoSpaces(connection, config.mongodbUri);
    const subscribe = (space: string) => subscriber.subscribe(space);
    const retain = (space: string) => subscriber.retain(space);
    const completionWaiter = new CompletionWaiter(queue, { subscribe, retain });
    const ledger = new RedisCallLedger(redis, log, options.call?.process);
    if (hasApplicationCode(config.settings)) ledger.start();
    cleanups.push(() => ledger.stop());
    const handlers = new SettingsHandlers(config.settings, createFaultLogger(log), {
      isCircuitOpen: (handlerCall) => ledger.isCircuitOpen(handlerCall),
      textMonitor: options.call,
    });
    const bus = new RedisBus(redis);
    const epoch = new Epoch(redis);
    const clock = new RedisClock(redis, epoch);
    const tasks = new RedisPendingTasks(redis, bus, (due) => void maintenanceQueue.notify(due));
    const newId = createIdGenerator();
    const deletedUserIndex = new RedisDeletedUsers(redis);
    const overloads = new Overloads();
    const services = new Services({
      overloads,
      inSteps: new TimeSlicer().run,
      deletedUsers: deletedUserIndex,
      log,
      spaces,
      queue,
      completionWaiter,
      clock,
      invalidations: new RedisInvalidations(redis),
      bus,
      tasks,
      settings: config.settings,
      handlers,
      linkOrigins: config.limits.linkOrigins,
      eventLog: new PinoEventLog(config.logLevel, options.eventRecords),
      newId,
      now: Date.now,
      trackersPerUser: config.limits.trackersPerUser,
    });
    const deletedUsers = new DeletedUsers({
      spaces,
      index: deletedUserIndex,
      settings: config.settings,
      now: Date.now,
    });
    const { rate, rateService, failuresPerMinute } = config.limits;
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
      isKnownKey: (...key) => queue.isKeyUsed(...key),
      onRejected: (reason) => metrics.refused(reason),
    });
    const failures = new AuthFailures(
      sharedRate(redis, 'failures', { capacity: failuresPerMinute, seconds: 60 }),
      () => metrics.refused('failures'),
    );
    const authenticator = new Authenticator(
      new VerifiedTokens(new TokenVerifier(config)),
      deletedUsers,
      failures,
      new RejectedTokenLog(log),
    );
    const health = new Health({
      connection,
      redis,
      queues: { partitions: batchJobQueue, fanOut, maintenance: maintenanceQueue },
      backlog,
    });

    const connectionLimiter = new ConnectionLimiter(config.limits);
    const incompleteInput = createIncompleteInput();
    const unsent = createUnsentOutput();
    const outboxes = new Outboxes(unsent);
    const shutdown = new GracefulShutdown();
    const payloadBudget = new PayloadBudget();
    const app = createApp({
      config,
      authenticator,
      connectionLimiter,
      shutdown,
      incompleteInput,
      payloadBudget,
      admission,
      services,
      health,
      metrics,
      log,
      routes: options.routes,
    });
    const http = createServer(serverOptions(config.limits.trustedProxies), app);
    // By default Node.js responds to unknown expectations with 417. RFC 9110 (10.1.1) allows ignoring them.
    http.on('checkExpectation', (request, response) => void http.emit('request', request, response));
    const slowClients = new SlowClients(outboxes);
    const watchManager = new WatchManager({
      spaces,
      clock,
      settings: config.settings,
      handlers,
      slowClients,
      newId,
      log,
    });
    const { io, disconnectClients } = createSockets(http, {
      config,
      connectionLimiter,
      incompleteInput,
      outboxes,
      payloadBudget,
      shutdown,
      authenticator,
      admission,
      services,
      watchManager,
      metrics,
      subscribe,
      retain,
      log,
    });
    connectionLimiter.trackConnections(http);
    shutdown.trackConnections(http);
    serveSequentially(http, unsent);
    const recipients = new Recipients(io, slowClients);
    const counts = new CountsPusher(io, recipients, spaces, metrics, log);
    const resets = new ResetPusher(recipients);
    const sessions = new Sessions(io, deletedUsers);
    const delivery = new Delivery({
      recipients,
      counts,
      resets,
      sessions,
      watchManager,
      handlers,
      completed: (space, ids, isDead) => completionWaiter.onCompleted(space, ids, isDead),
    });
    const subscriber = new BusSubscriber(
      subscriberRedis,
      {
        onMessage: (space, message) => delivery.handle(space, message),
        onGap: () => {
          delivery.notifyGap();
          completionWaiter
            .checkAll()
            .catch((error: unknown) => log.warn({ err: error }, 'failed to check waiting callers'));
          sessions.checkAll().catch((error: unknown) => log.warn({ err: error }, 'failed to check sessions'));
        },
      },
      log,
    );
    cleanups.push(
      epoch.watch(
        async () => {
          log.warn('Redis lost its memory; requesting reload from clients');
          completionWaiter.failAll();
          delivery.notifyGap();
          await tasks.requeueRecent();
        },
        () => undefined,
      ),
      () => batchJobQueue.close(),
      () => fanOut.close(),
      () => maintenanceQueue.close(),
      () => counts.close(),
      () => resets.close(),
    );
    stop = async () => {
      const finished = shutdown.finishPending(http);
      throttle.close(shuttingDownError());
      completionWaiter.close();
      await finished;
      await disconnectClients();
      await shutdown.closeConnections(http);
      await io.close();
    };

    const port = await listenAt(http, config);
    log.info({ port, ...(config.host !== null && { host: config.host }) }, 'gateway ready');
    return { port, url: `http://${hostInUrl(config.host)}:${port}` };
  }

  async function close(): Promise<void> {
    await stop();
    const deadline = Date.now() + CLOSE_TIMEOUT_MS;
    for (const cleanup of cleanups.splice(0).reverse()) {
      const remainingMs = Math.max(0, deadline - Date.now());
      if (!(await withTimeout(async () => cleanup(), remainingMs)))
        log.warn('connection did not close in time');
    }
  }

  return { log, listen, close };
}
