/** Workers and gateways are killed while they add a long history to a feed, or remove it. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage, Page, Tracker } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const HISTORY_LENGTH = 4_000;

let hub: HubProcesses;
let service: Api;
let ids: string[];
beforeAll(async () => {
  hub = await HubProcesses.start({ gateways: 2, workers: 1 });
  service = new Api(hub.urls[1] ?? '', await serviceToken());
  ids = [];
  while (ids.length < HISTORY_LENGTH) ids.push(...(await log(500, 'doc:1')));
}, 180_000);
afterAll(() => hub.close());

async function log(count: number, targets: string): Promise<string[]> {
  const actions = Array(count).fill({ actor: 'user:bob', verb: 'did', targets, groupingDelay: -1 });
  const { body } = await service.post<{ ids: string[] }>('/v1/actions?wait=1', { actions });
  return body.ids;
}

/** The number of items on the first two pages of a hundred. */
async function listed(user: string): Promise<number> {
  const first = await service.get<FeedPage>(`/v1/users/${user}/feed?limit=100`);
  if (first.body.nextCursor === null) return first.body.items.length;
  const next = await service.get<FeedPage>(
    `/v1/users/${user}/feed?limit=100&cursor=${first.body.nextCursor}`,
  );
  return first.body.items.length + next.body.items.length;
}

test('another worker finishes the task and pushes its result once', { timeout: 240_000 }, async () => {
  const ada = await TestSocket.connect(hub.urls[1] ?? '', await tokenFor('ada'));
  const doomedGateway = new Api(hub.urls[0] ?? '', await serviceToken());
  await doomedGateway.post('/v1/users/ada/track', { to: 'doc:1', actorOnly: false });
  await hub.gateways[0]?.stop('SIGKILL');
  await until(async () => (await listed('ada')) === 200, 'more than the first page is inserted');
  expect(ada.otherEvents).toEqual([]);
  await hub.workers.at(-1)?.stop('SIGKILL');
  await hub.addWorker();
  await until(() => ada.otherEvents.includes('feed:reset'), 'the reset is pushed', 120_000);
  const feed = await wholeFeed(service, 'ada');
  expect(feed.map((item) => item.action.id)).toEqual(ids.toReversed());

  await service.post('/v1/users/ada/untrack', { from: 'doc:1' });
  await until(async () => (await listed('ada')) < 200 || ada.removed.length > 1, 'some items are removed');
  await hub.workers.at(-1)?.stop('SIGKILL');
  await hub.addWorker();
  await until(() => ada.otherEvents.length === 2, 'the second reset is pushed', 120_000);
  expect(ada.otherEvents).toEqual(['feed:reset', 'feed:reset']);
  expect(await wholeFeed(service, 'ada')).toEqual([]);
  ada.close();
});

test('tasks of a crashed gateway are finished without it', { timeout: 120_000 }, async () => {
  await log(150, 'doc:2');
  const url = await hub.addGateway();
  const doomedGateway = new Api(url, await serviceToken());
  const users = Array.from({ length: 30 }, (_, index) => `cut-off-${index}`);
  let responseCount = 0;
  const calls = users.map((user) =>
    doomedGateway.post(`/v1/users/${user}/track`, { to: 'doc:2', actorOnly: false }).then(
      () => {
        responseCount += 1;
      },
      () => undefined,
    ),
  );
  await until(() => responseCount > 0, 'a first response');
  await hub.gateways.at(-1)?.stop('SIGKILL');
  await Promise.all(calls);
  expect(responseCount).toBeLessThan(users.length);
  const redis = new Redis(hub.services.config.redisUrl);
  await until(async () => (await redis.zcard('{hubbub}:pending-tasks')) === 0, 'no task is pending', 100_000);
  redis.disconnect();
  for (const user of users) {
    const { body } = await service.get<Page<Tracker>>(`/v1/users/${user}/trackers`);
    expect(await listed(user)).toBe(body.items.length === 1 ? 150 : 0);
  }
});
