import type { Config } from '../config/config.ts';
import { SettingsHandlers } from '../core/handlers/handlers.ts';
import { hasApplicationCode } from '../core/settings.ts';
import { MaintenanceQueue } from './bullmq/maintenance-queue.ts';
import { BatchJobQueue, BullFanOutQueue } from './bullmq/queues.ts';
import type { CurrentCall } from './current-call.ts';
import { createIdGenerator } from './ids.ts';
import { createFaultLogger, type Logger } from './log.ts';
import { connectMongo } from './mongo/connect.ts';
import { MongoSpaces } from './mongo/spaces.ts';
import { RedisBus } from './redis/bus.ts';
import { RedisCallLedger } from './redis/call-ledger.ts';
import type { RedisClient } from './redis/connect.ts';
import { Epochs } from './redis/epoch.ts';
import { RedisInvalidations } from './redis/invalidations.ts';
import { RedisPendingTasks } from './redis/pending-tasks.ts';
import { RedisClock } from './redis/position-clock.ts';
import { probeShards } from './redis/probe.ts';
import { Shards } from './redis/shards.ts';
import { RedisSnoozeEnds } from './redis/snooze-ends.ts';

interface PortOptions {
  redis: RedisClient;
  /** Whether spaces other than this one have work. */
  hasOthers: (space: string) => boolean;
  /** Reports running handler calls to the watchdog, if there is one. */
  call?: CurrentCall;
}

/** Opens what gateways and workers have in common: the ports of the core, and the queues and connections behind them. */
export function openPorts(config: Config, log: Logger, { redis, hasOthers, call }: PortOptions) {
  const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
  const shards = new Shards(config.redisShards);
  const batchJobQueue = new BatchJobQueue(redis, shards, log, hasOthers);
  const fanOutQueue = new BullFanOutQueue(redis, shards);
  const maintenanceQueue = new MaintenanceQueue(redis, shards, log);
  const bus = new RedisBus(redis, shards);
  const epochs = new Epochs(redis, shards);
  const ledger = new RedisCallLedger(redis, log, call?.process);
  if (hasApplicationCode(config.settings)) ledger.start();
  return {
    async pingMongo() {
      if (!connection.db) throw new Error('MongoDB is not connected');
      await connection.db.admin().ping();
    },
    pingRedis: () => probeShards(redis, shards),
    shards,
    batchJobQueue,
    fanOutQueue,
    maintenanceQueue,
    epochs,
    ledger,
    ports: {
      spaces: new MongoSpaces(connection, config.mongodbUri),
      clock: new RedisClock(redis, shards, epochs),
      invalidations: new RedisInvalidations(redis, shards),
      tasks: new RedisPendingTasks(redis, shards, bus, (due) => void maintenanceQueue.notify(due)),
      snoozeEnds: new RedisSnoozeEnds(redis, shards),
      bus,
      settings: config.settings,
      handlers: new SettingsHandlers(config.settings, createFaultLogger(log), {
        isCircuitOpen: (handlerCall) => ledger.isCircuitOpen(handlerCall),
        textMonitor: call,
      }),
      newId: createIdGenerator(),
    },
    /** In the order of opening. */
    closers: [
      closeMongo,
      () => redis.disconnect(),
      () => ledger.stop(),
      () => batchJobQueue.close(),
      () => fanOutQueue.close(),
      () => maintenanceQueue.close(),
    ],
  };
}
