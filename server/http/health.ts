import type { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import type { QueueCounts } from '../../infra/bullmq/queues.ts';
import type { BacklogState } from '../../infra/redis/backlog.ts';
import { withTimeout } from '../../infra/timeout.ts';

export interface HealthState {
  status: 'ok' | 'unavailable';
  mongodb: 'ok' | 'unavailable';
  redis: 'ok' | 'unavailable';
  /** Jobs by queue: batches, large audiences and maintenance; `null` if Redis is unavailable. */
  queue: Record<QueueName, QueueCounts> | null;
  /**
   * The backlog of the workers with its limits; `null` if Redis is unavailable. A gateway at its limit stays ready: it rejects
   * actions but serves everything else.
   */
  backlog: BacklogState | null;
}

/** Keys of the `/readyz` response; they are part of the wire format. */
type QueueName = 'partitions' | 'fanOut' | 'maintenance';

interface CountedQueue {
  counts(): Promise<QueueCounts>;
}

interface HealthDeps {
  connection: Connection;
  redis: Redis;
  queues: Record<QueueName, CountedQueue>;
  backlog: { read(): Promise<BacklogState> };
}

/** Checks all dependencies within two seconds, even if one of them hangs. */
export class Health {
  readonly #deps: HealthDeps;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  async check(): Promise<HealthState> {
    const { connection, redis, queues, backlog } = this.#deps;
    const [mongodb, redisOk, queue, backlogState] = await Promise.all([
      withTimeout(async () => {
        if (!connection.db) throw new Error('not connected');
        await connection.db.admin().ping();
      }),
      withTimeout(() => redis.ping()),
      withTimeout(async () => ({
        partitions: await queues.partitions.counts(),
        fanOut: await queues.fanOut.counts(),
        maintenance: await queues.maintenance.counts(),
      })),
      withTimeout(() => backlog.read()),
    ]);
    const ok = mongodb !== null && redisOk !== null && queue !== null;
    return {
      status: ok ? 'ok' : 'unavailable',
      mongodb: mongodb === null ? 'unavailable' : 'ok',
      redis: redisOk === null ? 'unavailable' : 'ok',
      queue: queue?.value ?? null,
      backlog: backlogState?.value ?? null,
    };
  }
}
