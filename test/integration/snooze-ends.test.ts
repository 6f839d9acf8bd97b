/** Snoozed items return when they are due, whatever died or was lost meanwhile. */
import { expect, onTestFinished, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { HubProcesses } from '../support/processes.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

/** An item returns at most this much after its time. */
const MAX_DELAY_MS = 5_000;

/** An item of ada\u2019s feed that is snoozed for so many milliseconds, and the time at which it returns. */
async function snoozedItem(
  service: Api,
  milliseconds: number,
  user = 'ada',
): Promise<{ id: string; end: number }> {
  const action = { actor: 'user:somebody', verb: 'did', notify: [user], groupingDelay: -1 };
  const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', action);
  const id = `${body.ids[0]}:${user}`;
  const end = Date.now() + milliseconds;
  const input = { ids: [id], until: new Date(end).toISOString() };
  const response = await service.post(`/v1/users/${user}/feed/snooze`, input);
  expect(response.status).toBe(200);
  return { id, end };
}

const inboxOf = async (service: Api, user = 'ada') =>
  (await service.get<FeedPage>(`/v1/users/${user}/feed`)).body;

/** Resolves when the item is in the inbox. @throws Error if that takes too long */
async function returned(service: Api, { id, end }: { id: string; end: number }, user = 'ada'): Promise<void> {
  const { items } = await until(
    async () => {
      const page = await inboxOf(service, user);
      // A page and its counts are read one beside the other, perhaps while the item returns.
      const isCounted = page.counts.unread === page.items.filter((item) => item.unread).length;
      return page.items.some((item) => item.id === id) && isCounted && page;
    },
    'the item returns',
    Math.max(0, end - Date.now()) + MAX_DELAY_MS,
  );
  const at = new Date(end).toISOString();
  expect(items.find((item) => item.id === id)).toMatchObject({
    at,
    unread: true,
    seen: false,
    snoozedUntil: null,
  });
}

test('if a worker is killed before they are due', { timeout: 60_000 }, async () => {
  const hub = await HubProcesses.start({ gateways: 1, workers: 2 });
  onTestFinished(() => hub.close());
  const service = new Api(hub.urls[0] ?? '', await serviceToken());
  const early = await snoozedItem(service, 2_000);
  const late = await snoozedItem(service, 3_500, 'bob');
  await hub.workers[0]?.stop('SIGKILL');
  await returned(service, early);
  await returned(service, late, 'bob');
});

test('if they were due while no worker ran', { timeout: 60_000 }, async () => {
  const hub = await TestHub.start({ workers: 1 });
  onTestFinished(() => hub.close());
  const service = await hub.service();
  const item = await snoozedItem(service, 1_000);
  await hub.stopWorkers();
  await until(() => Date.now() > item.end, 'the time of the item');
  expect((await inboxOf(service)).items).toEqual([]);
  await hub.addWorker();
  // The worker starts at any time after that of the item, which is no bound.
  await until(async () => (await inboxOf(service)).items.length === 1, 'the item returns', 20_000);
  await returned(service, item);
});

test('if Redis lost its data', { timeout: 60_000 }, async () => {
  const redis = await RedisProcess.start();
  const hub = await TestHub.start({ settings: { REDIS_URL: redis.url }, workers: 2 });
  onTestFinished(async () => {
    await hub.close();
    await redis.close();
  });
  const service = await hub.service();
  const items = [await snoozedItem(service, 1_500), await snoozedItem(service, 4_000)];
  await redis.client.flushall();
  for (const item of items) await returned(service, item);
});

test('if Redis lost its data while no worker ran', { timeout: 60_000 }, async () => {
  const redis = await RedisProcess.start();
  const hub = await TestHub.start({ settings: { REDIS_URL: redis.url }, workers: 1 });
  onTestFinished(async () => {
    await hub.close();
    await redis.close();
  });
  const service = await hub.service();
  const item = await snoozedItem(service, 3_000);
  await hub.stopWorkers();
  await redis.client.flushall();
  await hub.addWorker();
  await returned(service, item);
});

test('in every space, one after another', { timeout: 60_000 }, async () => {
  const hub = await TestHub.start({ workers: 2 });
  onTestFinished(() => hub.close());
  const services = await Promise.all(['one', 'two', 'three'].map((space) => hub.service({ space })));
  const items = await Promise.all(services.map((service, index) => snoozedItem(service, 500 + 700 * index)));
  for (const [index, service] of services.entries())
    await returned(service, items[index] ?? { id: '', end: 0 });
});
