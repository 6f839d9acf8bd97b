import type { Redis } from 'ioredis';
import type { Connection } from 'mongoose';
import type { QueueCounts } from '../../infra/bullmq/queues.ts';

export interface HealthState {
  status: 'ok' | 'unavailable';
  mongodb: 'ok' | 'unavailable';
  redis: 'ok' | 'unavailable';
  /** Jobs of lanes and of large audiences; `null` where Redis is away. */
  queue: { lanes: QueueCounts; fanOut: QueueCounts } | null;
}

interface Counted {
  counts(): Promise<QueueCounts>;
}

const PATIENCE_MS = 2_000;

/** Answers within two seconds, whatever hangs. */
export class Health {
  readonly #deps: { connection: Connection; redis: Redis; queues: { lanes: Counted; fanOut: Counted } };

  constructor(deps: { connection: Connection; redis: Redis; queues: { lanes: Counted; fanOut: Counted } }) {
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
      within(async () => ({ lanes: await queues.lanes.counts(), fanOut: await queues.fanOut.counts() })),
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

async function within<T>(ask: () => Promise<T>): Promise<{ value: T } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS);
  });
  try {
    return await Promise.race([ask().then((value) => ({ value })), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
