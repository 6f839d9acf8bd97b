import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { channelName } from '../../infra/redis/keys.ts';
import type { FeedChanges, FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let redis: Redis;
beforeAll(async () => {
  hub = await TestHub.start();
  redis = new Redis(hub.services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await hub.close();
});

/** Closes the gateway's subscription, like a restart of Redis or a network fault. */
async function cutSubscriptions(): Promise<void> {
  const clients = String(await redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
  const own = clients.filter((line) => line.includes(` db=${redis.options.db} `));
  expect(own.length).toBeGreaterThan(0);
  for (const line of own) await redis.call('CLIENT', 'KILL', 'ID', /^id=(\d+)/.exec(line)?.[1] ?? '');
}

test('a gateway that may have missed pushes reports it, and continues to push', async () => {
  const service = await hub.service();
  await service.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false });
  const ada = await hub.socket('ada');
  const { position } = await ada.get<FeedPage>('feed:list', {});
  await cutSubscriptions();
  await until(() => ada.otherEvents.includes('feed:stale'), 'the client is notified');

  // When the client is notified, pushes already arrive again, so there is no gap.
  const { body } = await service.post<LogAnswer>('/v1/actions', {
    actor: 'user:bob',
    verb: 'closed',
    related: 'project:p1',
  });
  const push = await until(() => ada.items[0], 'the push');
  expect(push.item.action.id).toBe(body.ids[0]);
  const changes = await ada.get<FeedChanges>('feed:changes', { position });
  expect(changes.items.map((item) => item.id)).toEqual([push.item.id]);
});

test('a gateway that cannot read a message of another version reports that clients may have missed it', async () => {
  const ada = await hub.socket('ada');
  const channel = channelName(redis.options.db ?? 0, 'default');
  await redis.publish(channel, '{"kind":"items","items":[],"actions":[]}');
  await redis.publish(channel, 'nonsense');
  await until(() => ada.otherEvents.includes('feed:stale'), 'the client is notified');
});

test('a waiting caller gets a response even if the completion message was missed', async () => {
  const service = await hub.service();
  await hub.stopWorkers();
  const waiting = service.post<LogAnswer>('/v1/actions?wait=1', { actor: 'user:bob', verb: 'waited' });
  await until(async () => (await redis.keys('*:pending')).length > 0, 'the action is queued');
  await cutSubscriptions();
  await hub.addWorker();
  const { status, body } = await waiting;
  expect(status).toBe(200);
  expect(body.results).toHaveLength(1);
});

test('a backlog of large actions is pushed or reported, and disconnects no gateway', async () => {
  const service = await hub.service();
  const ada = await hub.socket('ada');
  const bystander = await hub.socket('bystander', { space: 'elsewhere' });
  await hub.stopWorkers();
  const image = 'i'.repeat(2_000);
  for (let count = 0; count < 25; count += 1) {
    const related = Array.from({ length: 450 }, (_, index) => ({ type: 'doc', id: String(index), image }));
    const logged = { actor: 'user:bob', verb: `shown ${count}`, targets: 'project:p1', related };
    expect((await service.post('/v1/actions', logged)).status).toBe(202);
  }
  await hub.addWorker();
  // A client may have a megabyte of unread pushes. It requests the rest.
  await until(
    () => ada.items.length === 25 || ada.otherEvents.includes('feed:stale'),
    'everything is pushed, or the client is notified of the gap',
  );
  await until(async () => {
    const { items, counts } = await ada.get<FeedPage>('feed:list', { limit: 1 });
    return items.length === 1 && counts.unread === 26;
  }, 'all of it is in the feed');
  const seen = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: FeedPage = await ada.get<FeedPage>('feed:list', { limit: 5, ...(cursor && { cursor }) });
    for (const { id } of page.items) seen.add(id);
    cursor = page.nextCursor;
  }
  expect(seen.size).toBe(26);
  // Clients of other spaces would be notified only if the gateway itself had lost messages.
  expect(bystander.otherEvents).toEqual([]);
});
