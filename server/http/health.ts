import type { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import type { QueueCounts } from '../../infra/bullmq/queues.ts';
import type { BacklogState } from '../../infra/redis/backlog.ts';
import { within } from '../../infra/within.ts';

export interface HealthState {
  status: 'ok' | 'unavailable';
  mongodb: 'ok' | 'unavailable';
  redis: 'ok' | 'unavailable';
  /** Jobs of lanes, of large audiences and of chores; `null` where Redis is away. */
  queue: Record<QueueName, QueueCounts> | null;
  /**
   * What waits for workers beside how much may; `null` where Redis is away. A gateway at its bound stays ready: it refuses
   * actions but answers everything else.
   */
  backlog: BacklogState | null;
}

type QueueName = 'lanes' | 'fanOut' | 'upkeep';

interface Counted {
  counts(): Promise<QueueCounts>;
}

interface HealthDeps {
  connection: Connection;
  redis: Redis;
  queues: Record<QueueName, Counted>;
  backlog: { read(): Promise<BacklogState> };
}

/** Answers within two seconds, whatever hangs. */
export class Health {
  readonly #deps: HealthDeps;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  async check(): Promise<HealthState> {
    const { connection, redis, queues, backlog } = this.#deps;
    const [mongodb, redisOk, queue, waiting] = await Promise.all([
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
      within(() => backlog.read()),
    ]);
    const ok = mongodb !== null && redisOk !== null && queue !== null;
    return {
      status: ok ? 'ok' : 'unavailable',
      mongodb: mongodb === null ? 'unavailable' : 'ok',
      redis: redisOk === null ? 'unavailable' : 'ok',
      queue: queue?.value ?? null,
      backlog: waiting?.value ?? null,
    };
  }
}
