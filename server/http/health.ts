import type { z } from 'zod';
import type { QueueCounts } from '../../infra/bullmq/queues.ts';
import type { BacklogState } from '../../infra/redis/backlog.ts';
import { withTimeout } from '../../infra/timeout.ts';
import type { readiness } from '../operations/service-calls.ts';

/** A gateway whose backlog is full stays ready: it rejects actions but serves everything else. */
export interface HealthState extends Omit<z.output<typeof readiness>, 'queue'> {
  queue: Record<QueueName, QueueCounts> | null;
}

/** Part of the wire format. */
type QueueName = 'partitions' | 'fanOut' | 'maintenance';

interface HealthDeps {
  pingMongo(): Promise<void>;
  pingRedis(): Promise<void>;
  queues: Record<QueueName, { counts(): Promise<QueueCounts> }>;
  backlog: { read(): Promise<BacklogState> };
}

/** Checks all dependencies within two seconds, even if one of them hangs. */
export async function checkHealth({
  pingMongo,
  pingRedis,
  queues,
  backlog,
}: HealthDeps): Promise<HealthState> {
  const [mongodb, redisOk, queue, backlogState] = await Promise.all([
    withTimeout(() => pingMongo()),
    withTimeout(() => pingRedis()),
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
