import type { Redis } from 'ioredis';
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
import { Epoch } from './redis/epoch.ts';
import { RedisInvalidations } from './redis/invalidations.ts';
import { RedisPendingTasks } from './redis/pending-tasks.ts';
import { RedisClock } from './redis/position-clock.ts';

interface PortOptions {
  redis: Redis;
  /** Whether spaces other than this one have work. */
  hasOthers: (space: string) => boolean;
  /** Reports running handler calls to the watchdog, if there is one. */
  call?: CurrentCall;
}

/** Opens what gateways and workers have in common: the ports of the core, and the queues and connections behind them. */
export function openPorts(config: Config, log: Logger, { redis, hasOthers, call }: PortOptions) {
  const { connection, close: closeMongo } = connectMongo(config.mongodbUri, log);
  const batchJobQueue = new BatchJobQueue(redis, log, hasOthers);
  const fanOutQueue = new BullFanOutQueue(redis);
  const maintenanceQueue = new MaintenanceQueue(redis, log);
  const bus = new RedisBus(redis);
  const epoch = new Epoch(redis);
  const ledger = new RedisCallLedger(redis, log, call?.process);
  if (hasApplicationCode(config.settings)) ledger.start();
  return {
    async pingMongo() {
      if (!connection.db) throw new Error('MongoDB is not connected');
      await connection.db.admin().ping();
    },
    batchJobQueue,
    fanOutQueue,
    maintenanceQueue,
    epoch,
    ledger,
    ports: {
      spaces: new MongoSpaces(connection, config.mongodbUri),
      clock: new RedisClock(redis, epoch),
      invalidations: new RedisInvalidations(redis),
      tasks: new RedisPendingTasks(redis, bus, (due) => void maintenanceQueue.notify(due)),
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
