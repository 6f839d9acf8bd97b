import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage, LogAnswer, MarkAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

describe('one action', () => {
  test('reaches the follower: pushed, listed and counted', async () => {
    const service = await hub.service();
    const ada = await hub.socket('ada');
    await service.post('/v1/users/ada/track', { to: 'project:p1', actorOnly: false });

    const logged = await service.post<LogAnswer>('/v1/actions?wait=1', {
      actor: { type: 'user', id: 'bob', name: 'Bob' },
      verb: 'closed',
      targets: { type: 'issue', id: '7', name: 'Fix login' },
      related: 'project:p1',
      reason: 'done',
    });
    expect(logged.status).toBe(200);
    const [result] = logged.body.results ?? [];
    expect(result).toMatchObject({ id: logged.body.ids[0], outcome: 'created' });
    expect(result?.action).toMatchObject({
      verb: 'closed',
      level: 30,
      count: 1,
      data: { reason: 'done' },
      text: 'Bob closed Fix login in project p1',
    });

    const push = await until(() => ada.items[0]);
    expect(push.item).toMatchObject({ unread: true, seen: false, action: { id: logged.body.ids[0] } });
    const counts = await until(() => ada.counts.at(-1));
    expect(counts).toMatchObject({ unread: 1, unseen: 1, capped: false });

    const page = await ada.get<FeedPage>('feed:list', {});
    expect(page.items).toEqual([push.item]);
    expect(page.nextCursor).toBeNull();
    expect(page.position >= push.position).toBe(true);

    const marked = await ada.get<MarkAnswer>('feed:read', { all: true, position: page.position });
    expect(marked).toMatchObject({ changed: 1, counts: { unread: 0, unseen: 0, capped: false } });
    const after = await ada.get<FeedPage>('feed:list', {});
    expect(after.items[0]).toMatchObject({ unread: false, seen: true });
  });
});
