/** A flood in one space does not delay another space. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import type { LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';

const ACTORS = 64;
const BATCH = 500;
const FLOOD = 20_000;

let hub: TestHub;
let redis: Redis;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
  redis = new Redis(hub.services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await hub.close();
});

test('an action of a small space is delivered while most of a flooded space still waits', async () => {
  const flooding = await hub.service({ space: 'loud' });
  for (let sent = 0; sent < FLOOD; sent += BATCH) {
    const actions = Array.from({ length: BATCH }, (_, n) => ({
      actor: `user:${n % ACTORS}`,
      verb: 'opened',
      targets: `issue:${sent + n}`,
      groupingDelay: -1,
    }));
    expect((await flooding.post('/v1/actions', { actions })).status).toBe(202);
  }
  const other = await hub.service({ space: 'quiet' });
  const waiting = other.post<LogAnswer>('/v1/actions?wait=1', { actor: 'user:ada', verb: 'opened' });
  await hub.addWorker();
  const response = await waiting;
  const left = await redis.zcard(FIRST_SHARD.pendingKey('loud'));
  expect(response.status).toBe(200);
  expect(left).toBeGreaterThan(FLOOD / 2);
});
