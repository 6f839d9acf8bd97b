/** A task that waits for the application's `visible` has not failed. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queueNames } from '../../infra/bullmq/queues.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import type { FeedPage } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let isUnavailable = false;
beforeAll(async () => {
  hub = await TestHub.start({
    hub: {
      visible: async (_action, users) => {
        if (isUnavailable) throw new Error('the permission service is unavailable');
        return users;
      },
    },
  });
});
afterAll(() => hub.close());

test('a backfill waits until `visible` responds, without a failed attempt, and then completes', async () => {
  const [service, ada] = [await hub.service(), await hub.api('ada', { objects: ['project:*'] })];
  const { body } = await service.post<{ ids: string[] }>('/v1/actions?wait=1', {
    actor: 'user:bob',
    verb: 'opened',
    targets: 'project:p1',
  });
  isUnavailable = true;
  expect((await ada.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false })).status).toBe(202);

  const connection = new Redis(hub.services.config.redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(queueNames.maintenance, { connection, prefix: FIRST_SHARD.queuePrefix });
  const waiting = await until(async () => {
    const [job] = await queue.getJobs(['delayed']);
    return job && (job.data as { waits?: number }).waits === 2 ? job : null;
  }, 'the task has waited twice');
  expect([waiting.attemptsMade, waiting.failedReason]).toEqual([0, undefined]);

  isUnavailable = false;
  const feed = await until(async () => {
    const page = await ada.get<FeedPage>('/v1/users/ada/feed');
    return page.body.items.length > 0 && page.body;
  }, 'the item arrives');
  expect(feed.items.map(({ action }) => action.id)).toEqual(body.ids);
  await until(async () => Object.values(await queue.getJobCounts()).every((n) => n === 0), 'no job is left');
  await queue.close();
  connection.disconnect();
});
