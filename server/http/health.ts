import type { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import type { QueueCounts } from '../../infra/bullmq/queues.ts';
import { within } from '../../infra/within.ts';

export interface HealthState {
  status: 'ok' | 'unavailable';
  mongodb: 'ok' | 'unavailable';
  redis: 'ok' | 'unavailable';
  /** Jobs of lanes, of large audiences and of chores; `null` where Redis is away. */
  queue: Record<QueueName, QueueCounts> | null;
}

type QueueName = 'lanes' | 'fanOut' | 'upkeep';

interface Counted {
  counts(): Promise<QueueCounts>;
}

/** Answers within two seconds, whatever hangs. */
export class Health {
  readonly #deps: { connection: Connection; redis: Redis; queues: Record<QueueName, Counted> };

  constructor(deps: { connection: Connection; redis: Redis; queues: Record<QueueName, Counted> }) {
    this.#deps = deps;
  }

  async check(): Promise<HealthState> {
    const { connection, redis, queues } = this.#deps;
    const [mongodb, redisOk, queue] = await Promise.all([
      within(async () => {
        if (!connection.db) throw new Error('not connected');
        await connection.db.admin().ping();
      }),
      within(() => redis.ping()),
      within(async () => ({
        lanes: await queues.lanes.counts(),
        fanOut: await queues.fanOut.counts(),
        upkeep: await queues.upkeep.counts(),
      })),
    ]);
    const ok = mongodb !== null && redisOk !== null && queue !== null;
    return {
      status: ok ? 'ok' : 'unavailable',
      mongodb: mongodb === null ? 'unavailable' : 'ok',
      redis: redisOk === null ? 'unavailable' : 'ok',
      queue: queue?.value ?? null,
    };
  }
}
