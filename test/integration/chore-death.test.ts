/** Workers and gateways killed in the middle of bringing a long past in, or taking it out. */

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage, Page, Tracker } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeding.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const PAST = 4_000;

let hub: HubProcesses;
let service: Api;
let ids: string[];
beforeAll(async () => {
  hub = await HubProcesses.start({ gateways: 2, workers: 1 });
  service = new Api(hub.urls[1] ?? '', await serviceToken());
  ids = [];
  while (ids.length < PAST) ids.push(...(await log(500, 'doc:1')));
}, 180_000);
afterAll(() => hub.close());

async function log(count: number, targets: string): Promise<string[]> {
  const actions = Array(count).fill({ actor: 'user:bob', verb: 'did', targets, groupingDelay: -1 });
  const { body } = await service.post<{ ids: string[] }>('/v1/actions?wait=1', { actions });
  return body.ids;
}

/** Items that can be listed one after the other, up to a hundred behind the first hundred. */
async function listed(user: string): Promise<number> {
  const first = await service.get<FeedPage>(`/v1/users/${user}/feed?limit=100`);
  if (first.body.nextCursor === null) return first.body.items.length;
  const next = await service.get<FeedPage>(
    `/v1/users/${user}/feed?limit=100&cursor=${first.body.nextCursor}`,
  );
  return first.body.items.length + next.body.items.length;
}

test('whoever takes over finishes it, once for the page', { timeout: 240_000 }, async () => {
  const ada = await TestSocket.connect(hub.urls[1] ?? '', await tokenFor('ada'));
  const dies = new Api(hub.urls[0] ?? '', await serviceToken());
  await dies.post('/v1/users/ada/track', { to: 'doc:1', actorOnly: false });
  await hub.gateways[0]?.stop('SIGKILL');
  await until(async () => (await listed('ada')) === 200, 'more than the first page is in');
  expect(ada.others).toEqual([]);
  await hub.workers.at(-1)?.stop('SIGKILL');
  await hub.addWorker();
  await until(() => ada.others.includes('feed:reset'), 'the end is told', 120_000);
  const feed = await wholeFeed(service, 'ada');
  expect(feed.map((item) => item.action.id)).toEqual(ids.toReversed());

  await service.post('/v1/users/ada/untrack', { from: 'doc:1' });
  await until(async () => (await listed('ada')) < 200 || ada.removed.length > 1, 'some of it is out');
  await hub.workers.at(-1)?.stop('SIGKILL');
  await hub.addWorker();
  await until(() => ada.others.length === 2, 'the end is told again', 120_000);
  expect(ada.others).toEqual(['feed:reset', 'feed:reset']);
  expect(await wholeFeed(service, 'ada')).toEqual([]);
  ada.close();
});

test('calls that a gateway died over are made good without it', { timeout: 120_000 }, async () => {
  await log(150, 'doc:2');
  const url = await hub.addGateway();
  const dies = new Api(url, await serviceToken());
  const users = Array.from({ length: 30 }, (_, index) => `cut-off-${index}`);
  let answered = 0;
  const calls = users.map((user) =>
    dies.post(`/v1/users/${user}/track`, { to: 'doc:2', actorOnly: false }).then(
      () => {
        answered += 1;
      },
      () => undefined,
    ),
  );
  await until(() => answered > 0, 'a first answer');
  await hub.gateways.at(-1)?.stop('SIGKILL');
  await Promise.all(calls);
  expect(answered).toBeLessThan(users.length);
  const redis = new Redis(hub.services.config.redisUrl);
  await until(async () => (await redis.zcard('{hubbub}:owed')) === 0, 'nothing is owed', 100_000);
  redis.disconnect();
  for (const user of users) {
    const { body } = await service.get<Page<Tracker>>(`/v1/users/${user}/trackers`);
    expect(await listed(user)).toBe(body.items.length === 1 ? 150 : 0);
  }
});
