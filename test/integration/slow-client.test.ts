import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('a client that stops reading gets a bounded queue, and catches up after a stale event', {
  timeout: 180_000,
}, async () => {
  const service = await hub.service();
  await service.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false });
  const ada = await hub.socket('ada');
  const { position } = await ada.get<FeedPage>('feed:list', {});
  ada.stall(true);
  const actions = Array.from({ length: 20 }, () => ({
    actor: 'user:bob',
    verb: 'wrote',
    related: 'project:p1',
    groupingDelay: -1,
    page: 'x'.repeat(20_000),
  }));
  const batches = 40;
  for (let sent = 0; sent < batches; sent += 1) {
    await service.post(`/v1/actions${sent === batches - 1 ? '?wait=1' : ''}`, { actions });
  }
  ada.stall(false);
  await until(() => ada.otherEvents.includes('feed:stale'), 'the client is notified of the gap');
  expect(ada.items.length).toBeLessThan(batches * actions.length);

  const ids = new Set<string>();
  let from = ada.items.at(-1)?.position ?? position;
  for (let more = true; more; ) {
    const changes = await ada.get<FeedChanges>('feed:changes', { position: from });
    expect(changes.reset).toBe(false);
    for (const item of changes.items) ids.add(item.id);
    ({ position: from, more } = changes);
  }
  for (const { item } of ada.items) ids.add(item.id);
  expect(ids.size).toBe(batches * actions.length);
});
