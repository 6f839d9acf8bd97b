/** A gateway process serves HTTP and sockets. Any number may run. `createGateway` opens no connection before `listen`. */
import { createServer } from 'node:http';
import type { Express } from 'express';
import type { Config } from '../config/config.ts';
import { hostInUrl } from '../config/host.ts';
import type { RateLimits } from '../config/limits.ts';
import { wallClock } from '../core/model/units.ts';
import type { CurrentCall } from '../infra/current-call.ts';
import { PinoEventLog } from '../infra/event-log.ts';
import { createLogger, type Logger } from '../infra/log.ts';
import { Metrics } from '../infra/metrics.ts';
import { checkUri } from '../infra/mongo/connect.ts';
import { openPorts } from '../infra/ports.ts';
import { RecentSpaces } from '../infra/recent-spaces.ts';
import { RedisActionQueue } from '../infra/redis/action-queue.ts';
import { Backlog } from '../infra/redis/backlog.ts';
import { BusSubscriber } from '../infra/redis/bus.ts';
import { connectForSubscriptions, connectRedis } from '../infra/redis/connect.ts';
import { replyConnected } from '../infra/redis/connected-users.ts';
import { RedisDeletedUsers } from '../infra/redis/deleted-users.ts';
import { announceDisplays, confirmDisplays } from '../infra/redis/display-changes.ts';
import { lagReader } from '../infra/redis/lag.ts';
import { burstOf, sharedRate } from '../infra/redis/rates.ts';
import { withTimeout } from '../infra/timeout.ts';
import { AuthFailures } from './auth/auth-failures.ts';
import { Authenticator } from './auth/authenticator.ts';
import { DeletedUsers } from './auth/deleted-users.ts';
import { RejectedTokenLog } from './auth/rejected-token-log.ts';
import { TokenVerifier } from './auth/token-verifier.ts';
import { VerifiedTokens } from './auth/verified-tokens.ts';
import { CompletionWaiter } from './completion-waiter.ts';
import { CountsPusher } from './delivery/counts.ts';
import { Delivery } from './delivery/delivery.ts';
import { MessageDisplays } from './delivery/message-displays.ts';
import { Recipients } from './delivery/recipients.ts';
import { ResetPusher } from './delivery/resets.ts';
import { Sessions } from './delivery/sessions.ts';
import { SlowClients } from './delivery/slow-clients.ts';
import { WatchManager } from './delivery/watch-manager.ts';
import { DisplayCache, MAX_DISPLAY_AGE_MS } from './displays/display-cache.ts';
import { GracefulShutdown, shuttingDownError } from './graceful-shutdown.ts';
import { createApp } from './http/app.ts';
import { checkHealth } from './http/health.ts';
import { serveSequentially } from './http/pipeline.ts';
import { listenAt, serverOptions } from './http/server.ts';
import { Admission } from './limits/admission.ts';
import { createIncompleteInput, createUnsentOutput } from './limits/byte-budget.ts';
import { ConnectionLimiter } from './limits/connection-limiter.ts';
import { limitLargeBatches } from './limits/large-batch-limit.ts';
import { Overloads } from './limits/overloads.ts';
import { PayloadBudget } from './limits/payload-budget.ts';
import { PayloadThrottle } from './limits/payload-throttle.ts';
import { Rates } from './limits/rates.ts';
import { TimeSlicer } from './limits/time-slicer.ts';
import { Services } from './services.ts';
import { Outboxes } from './sockets/outbox.ts';
import { createSockets } from './sockets/sockets.ts';
import type { TransportDeps } from './transports.ts';

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
    // Before any connection is open.
    checkUri(config.mongodbUri);
    const redis = connectRedis(config.redisUrl, log);
    const subscriberRedis = connectForSubscriptions(config.redisUrl, log, redis);
    const recent = new RecentSpaces();
    const hasOthers = (space: string) => recent.hasOther(space);
    const opened = openPorts(config, log, { redis, hasOthers, call: options.call });
    const { pingMongo, pingRedis, shards, batchJobQueue, fanOutQueue, maintenanceQueue, epochs, ports } =
      opened;
    const backlog = new Backlog(redis, shards, config.limits.backlog);
    cleanups.push(...opened.closers, backlog.start());
    const metrics = new Metrics();
    metrics.watchQueues({
      queues: {
        partitions: () => batchJobQueue.counts(),
        fanout: () => fanOutQueue.counts(),
        maintenance: () => maintenanceQueue.counts(),
      },
      lag: lagReader(redis, shards),
      backlog: () => backlog.read(),
      deadLetters: () => backlog.deadLetters(),
    });
    const queue = metrics.instrument(
      limitLargeBatches(
        new RedisActionQueue(
          redis,
          shards,
          (...accepted) => batchJobQueue.notifyAccepted(...accepted),
          backlog,
          (space) => batchJobQueue.wakeLimits(space),
        ),
      ),
    );
    const subscriber = new BusSubscriber(
      subscriberRedis,
      shards,
      {
        onMessage: (space, message) => messages.handle(space, message),
        onGap: () => {
          displays.clear();
          delivery.notifyGap();
          completionWaiter
            .checkAll()
            .catch((error: unknown) => log.warn({ err: error }, 'failed to check waiting callers'));
          sessions.checkAll().catch((error: unknown) => log.warn({ err: error }, 'failed to check sessions'));
        },
      },
      log,
    );
    cleanups.push(() => subscriber.close());
    const displays = new DisplayCache({
      spaces: ports.spaces,
      subscriptions: subscriber,
      announce: (space) => announceDisplays(redis, shards, space, MAX_DISPLAY_AGE_MS),
      monotonicNow: () => performance.now(),
    });
    displays.start();
    const completionWaiter = new CompletionWaiter(queue, subscriber);
    const deletedUserIndex = new RedisDeletedUsers(redis, shards);
    const overloads = new Overloads();
    const services = new Services({
      ...ports,
      overloads,
      inSteps: new TimeSlicer().run,
      deletedUsers: deletedUserIndex,
      log,
      queue,
      completionWaiter,
      displays,
      linkOrigins: config.limits.linkOrigins,
      eventLog: new PinoEventLog(config.logLevel, options.eventRecords),
      now: wallClock,
      trackersPerUser: config.limits.trackersPerUser,
    });
    const deletedUsers = new DeletedUsers({ ...ports, index: deletedUserIndex, now: wallClock });
    const { rate, rateService, failuresPerMinute } = config.limits;
    const ratesOf = (name: string, { log: logs, call }: RateLimits) => ({
      log: sharedRate(redis, shards, `${name}log`, burstOf(logs)),
      call: sharedRate(redis, shards, `${name}call`, burstOf(call)),
    });
    const throttle = new PayloadThrottle(recent);
    const admission = new Admission({
      recent,
      throttle,
      rates: new Rates(ratesOf('', rate), rateService && ratesOf('service:', rateService)),
      overloads,
      isKnownKey: (...key) => queue.isKeyUsed(...key),
      onRejected: (reason) => metrics.refused(reason),
    });
    const failureRate = sharedRate(redis, shards, 'failures', { capacity: failuresPerMinute, seconds: 60 });
    const authenticator = new Authenticator({
      tokens: new VerifiedTokens(new TokenVerifier(config)),
      deletedUsers,
      failures: new AuthFailures(failureRate, () => metrics.refused('failures')),
      rejectedTokens: new RejectedTokenLog(log),
    });

    const connectionLimiter = new ConnectionLimiter(config.limits);
    const shutdown = new GracefulShutdown();
    const transport: TransportDeps = {
      config,
      authenticator,
      admission,
      connectionLimiter,
      shutdown,
      incompleteInput: createIncompleteInput(),
      payloadBudget: new PayloadBudget(),
      services,
      metrics,
      log,
    };
    const queues = { partitions: batchJobQueue, fanOut: fanOutQueue, maintenance: maintenanceQueue };
    const app = createApp({
      ...transport,
      checkHealth: () => checkHealth({ pingMongo, pingRedis, queues, backlog }),
      routes: options.routes,
    });
    const http = createServer(serverOptions(config.limits.trustedProxies), app);
    // By default Node.js responds to unknown expectations with 417. RFC 9110 (10.1.1) allows ignoring them.
    http.on('checkExpectation', (request, response) => void http.emit('request', request, response));
    const unsent = createUnsentOutput();
    const outboxes = new Outboxes(unsent);
    const slowClients = new SlowClients(outboxes);
    const watchManager = new WatchManager({ ...ports, displays, slowClients, log });
    const socketDeps = { ...transport, outboxes, watchManager, subscriptions: subscriber };
    const { io, recordPush, disconnectClients } = createSockets(http, socketDeps);
    connectionLimiter.trackConnections(http);
    shutdown.trackConnections(http);
    serveSequentially(http, unsent);
    const recipients = new Recipients({ io, slowClients, onPushed: recordPush });
    const counts = new CountsPusher({ io, recipients, spaces: ports.spaces, metrics, log });
    const resets = new ResetPusher(recipients);
    const sessions = new Sessions(io, deletedUsers);
    const delivery = new Delivery({
      recipients,
      counts,
      resets,
      sessions,
      watchManager,
      handlers: ports.handlers,
      completed: (space, ids, isDead) => completionWaiter.onCompleted(space, ids, isDead),
      displaysChanged(space, reply) {
        displays.forget(space);
        // Without the reply, the caller waits until this cache has expired.
        confirmDisplays(redis, shards, reply).catch(() => undefined);
      },
      // Without the reply, these users get their items a little later.
      replyConnected: (...reply) => void replyConnected(redis, shards, ...reply).catch(() => undefined),
    });
    const messages = new MessageDisplays({
      displays,
      isWanted: (space, message) => delivery.isWanted(space, message),
      deliver: (space, message) => delivery.handle(space, message),
      notifyGap: (space) => delivery.notifyGap(space),
      log,
    });
    cleanups.push(
      epochs.watch(
        async () => {
          log.warn('Redis lost its data; requesting reload from clients');
          completionWaiter.failAll();
          delivery.notifyGap();
          await ports.tasks.requeueRecent();
        },
        () => undefined,
      ),
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
