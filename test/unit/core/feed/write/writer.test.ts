import { describe, expect, it } from 'vitest';
import { feedChanges } from '../../../../../core/feed/read/changes.ts';
import { resetFeeds } from '../../../../../core/feed/write/reset.ts';
import { type ChangeSet, FeedWriter, type WriteOptions } from '../../../../../core/feed/write/writer.ts';
import { groupItems } from '../../../../../core/model/item-groups.ts';
import { formatPosition } from '../../../../../core/model/positions.ts';
import { asPosition } from '../../../../../core/model/units.ts';
import { userInvalidation } from '../../../../../core/ports/invalidations.ts';
import { type Deps, MemoryHub, principal, SPACE } from '../../../../support/memory/hub.ts';
import type { BeforeCall } from '../../../../support/memory/intercept.ts';
import {
  actionOf,
  follow,
  removalOf,
  storeAction,
  unfollow,
  upsertOf,
} from '../../../../support/model/fixtures.ts';

/** Writes as a separate process. `before` runs before its calls to ports. */
async function write(
  hub: MemoryHub,
  changeSet: ChangeSet,
  options: Partial<WriteOptions> = {},
  before: BeforeCall = async () => undefined,
): Promise<number> {
  const readPosition = options.readPosition ?? (await hub.clock.now(SPACE));
  const deps: Deps = hub.process(before);
  const writer = new FeedWriter(deps, await deps.spaces.writer(SPACE), SPACE);
  return writer.write(changeSet, { ...options, readPosition });
}

const publishedMessages = (hub: MemoryHub) => hub.bus.published.map(({ message }) => message);
const onlyItem = (hub: MemoryHub) => {
  const [item] = hub.stores.feeds.all();
  if (!item) throw new Error('nobody has an item');
  return item;
};
const changes = (hub: MemoryHub, position: string) =>
  feedChanges(hub.deps, principal('ada'), 'ada', { position });
const read = { unread: false, seen: true };

/** Marks everything read. */
async function markRead(hub: MemoryHub): Promise<void> {
  const position = await hub.clock.now(SPACE);
  const scan = {
    user: 'ada',
    mark: 'read' as const,
    maxPosition: position,
    maxDeliveredPosition: position,
    limit: 10,
  };
  await hub.stores.feeds.mark({ ...scan, ids: await hub.stores.feeds.markable(scan) }, position);
}

/** A hub in which ada follows p1 and has one read item, of version 1 of an action. */
async function withItem(settings: MemoryHub['settings'] | object = {}) {
  const hub = new MemoryHub({ settings });
  await follow(hub, 'ada');
  const action = await storeAction(hub, actionOf(hub, 'a1'));
  await write(hub, upsertOf(hub, action, 'ada'));
  await markRead(hub);
  hub.time.advance(1_000);
  const next = await storeAction(hub, { ...action, version: 2, count: 2, updatedAt: hub.time.now() });
  hub.bus.published.length = 0;
  return { hub, action, next };
}

describe('an item whose action absorbed another', () => {
  it('moves up and becomes unread', async () => {
    const { hub, next } = await withItem();
    const { position } = onlyItem(hub);
    expect(await write(hub, upsertOf(hub, next, 'ada'), { checkExisting: true })).toBe(1);
    const item = onlyItem(hub);
    expect(item).toMatchObject({ at: hub.time.now(), unread: true, seen: false, version: 2 });
    expect(item.position).toBeGreaterThan(position);
    expect(item.deliveredPosition).toBe(item.position);
    expect(publishedMessages(hub)).toEqual([{ kind: 'items', groups: groupItems([item]), actions: [next] }]);
  });

  it('moves up once, no matter how often it is written', async () => {
    const { hub, next } = await withItem();
    await write(hub, upsertOf(hub, next, 'ada'), { checkExisting: true });
    await markRead(hub);
    expect(await write(hub, upsertOf(hub, next, 'ada'))).toBe(0);
    expect(onlyItem(hub)).toMatchObject(read);
  });

  it('keeps marks and time with "keep", and publishes its content', async () => {
    const { hub, action, next } = await withItem({ regroup: 'keep' });
    const before = onlyItem(hub);
    await write(hub, upsertOf(hub, next, 'ada'));
    const item = onlyItem(hub);
    expect(item).toEqual({ ...before, version: 2, position: item.position });
    expect(item).toMatchObject({ ...read, at: action.timestamp });
    const { items } = await changes(hub, formatPosition(before.position));
    expect(items.map(({ action: { count } }) => count)).toEqual([2]);
    expect(publishedMessages(hub)).toMatchObject([{ kind: 'items', actions: [{ count: 2 }] }]);
  });

  it.each([{ checkExisting: true }, { bumpFirst: new Set(['a1']) }])(
    'is bumped even if a mark was written at a later position meanwhile (%o)',
    async (options) => {
      const { hub, next } = await withItem();
      await write(hub, upsertOf(hub, next, 'ada'), options, async (method) => {
        if (method !== 'bump' || onlyItem(hub).unread) return;
        const position = await hub.clock.now(SPACE);
        const scan = {
          user: 'ada',
          mark: 'unread' as const,
          maxPosition: position,
          maxDeliveredPosition: position,
          limit: 10,
        };
        await hub.stores.feeds.mark({ ...scan, ids: [onlyItem(hub).id] }, position);
      });
      expect(onlyItem(hub)).toMatchObject({ version: 2, unread: true, seen: false });
      expect(hub.clock.inFlightCount(SPACE)).toBe(0);
    },
  );

  it.each(['bump', 'keep'] as const)('is not looked up before it is bumped, with "%s"', async (regroup) => {
    const { hub, next } = await withItem({ regroup });
    const calls: string[] = [];
    const options = { bumpFirst: new Set([next.id]) };
    await write(hub, upsertOf(hub, next, 'ada'), options, async (method, port) => {
      if (port === 'feeds') calls.push(method);
    });
    // With "keep", the stored items are read once, because a bump changes only some of their fields.
    expect(calls).toEqual(regroup === 'bump' ? ['bump'] : ['bump', 'byIds']);
    expect(publishedMessages(hub)).toEqual([
      { kind: 'items', groups: groupItems([onlyItem(hub)]), actions: [next] },
    ]);
  });

  it('is inserted if its action was merged before it was delivered', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a1', { version: 2, count: 2 }));
    const calls: string[] = [];
    const options = { bumpFirst: new Set([action.id]) };
    await write(hub, upsertOf(hub, action, 'ada'), options, async (method, port) => {
      if (port === 'feeds') calls.push(method);
    });
    expect(calls).toEqual(['bump', 'byIds', 'removedByIds', 'insert']);
    expect(onlyItem(hub)).toMatchObject({ version: 2, unread: true, seen: false });
  });

  it('is bumped beside items that must be inserted, restored or left alone', async () => {
    const { hub, action, next } = await withItem();
    const users = ['ada', 'bob', 'cy', 'dan'];
    for (const user of users) await follow(hub, user);
    // bob's item left his feed, cy has none yet, and another process bumped dan's.
    await write(hub, upsertOf(hub, action, 'bob', 'dan'));
    await unfollow(hub, 'bob');
    await write(hub, removalOf(action, 'bob'));
    await follow(hub, 'bob');
    await write(hub, upsertOf(hub, next, 'dan'));
    const dan = hub.stores.feeds.all().find(({ user }) => user === 'dan');
    const other = await storeAction(hub, actionOf(hub, 'a2'));
    hub.bus.published.length = 0;
    const changes = upsertOf(hub, next, ...users);
    const single = upsertOf(hub, other, 'ada');
    const changeSet = {
      ...changes,
      upserts: [...changes.upserts, ...single.upserts],
      actions: new Map([...changes.actions, ...single.actions]),
    };
    const options = { bumpFirst: new Set([next.id]), readPosition: await hub.clock.now(SPACE) };
    expect(await write(hub, changeSet, options)).toBe(4);
    const stored = new Map(hub.stores.feeds.all().map((item) => [item.id, item]));
    expect(stored.size).toBe(5);
    for (const user of users) expect(stored.get(`a1:${user}`)).toMatchObject({ version: 2, unread: true });
    expect(stored.get('a2:ada')).toMatchObject({ version: 1, unread: true });
    expect(stored.get('a1:dan')).toEqual(dan);
    const groups = publishedMessages(hub).flatMap((message) => ('groups' in message ? message.groups : []));
    expect(groups.flatMap((group) => group.users.map((user) => `${group.action}:${user}`)).sort()).toEqual([
      'a1:ada',
      'a1:bob',
      'a1:cy',
      'a2:ada',
    ]);
  });

  it('is not published with an earlier version of its action', async () => {
    const { hub, action, next } = await withItem();
    await write(hub, upsertOf(hub, next, 'ada'));
    hub.bus.published.length = 0;
    await write(hub, upsertOf(hub, action, 'ada'), { jobStartPosition: asPosition(0) });
    expect(publishedMessages(hub)).toMatchObject([{ kind: 'items', actions: [{ version: 2, count: 2 }] }]);
  });
});

describe('an item that left its feed', () => {
  it('is published, is in no page or count, and comes back as its new draft says', async () => {
    const { hub, action, next } = await withItem();
    await write(hub, upsertOf(hub, next, 'ada'));
    const from = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    await unfollow(hub, 'ada');
    hub.bus.published.length = 0;
    expect(await write(hub, removalOf(action, 'ada'))).toBe(1);
    const [removed] = hub.stores.feeds.allRemoved();
    expect(publishedMessages(hub)).toEqual([{ kind: 'removed', items: [removed] }]);
    expect(await changes(hub, from)).toMatchObject({
      items: [],
      removed: ['a1:ada'],
      counts: { unread: 0 },
      reset: false,
    });
    await follow(hub, 'ada');
    expect(await write(hub, upsertOf(hub, next, 'ada'))).toBe(1);
    expect(onlyItem(hub)).toMatchObject({ unread: true, version: 2 });
    expect(hub.stores.feeds.allRemoved()).toEqual([]);
    expect((await changes(hub, from)).removed).toEqual([]);
  });

  it('leaves once; a second removal changes and publishes nothing', async () => {
    const { hub, action } = await withItem();
    await unfollow(hub, 'ada');
    await write(hub, removalOf(action, 'ada'));
    hub.bus.published.length = 0;
    expect(await write(hub, removalOf(action, 'ada'))).toBe(0);
    expect(publishedMessages(hub)).toEqual([]);
  });

  it('is published again by the next worker if the first crashed before it published', async () => {
    const { hub, action } = await withItem();
    await unfollow(hub, 'ada');
    const removalStart = await hub.clock.now(SPACE);
    const crashingWrite = write(hub, removalOf(action, 'ada'), {}, async (method) => {
      if (method === 'publish') throw new Error('crashed');
    });
    await expect(crashingWrite).rejects.toThrow('crashed');
    hub.time.advance(62_000);
    const between = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    expect(await write(hub, removalOf(action, 'ada'), { jobStartPosition: removalStart })).toBe(0);
    expect(publishedMessages(hub)).toMatchObject([{ kind: 'removed', items: [{ id: 'a1:ada' }] }]);
    // Readers had passed its position.
    expect((await changes(hub, between)).removed).toEqual(['a1:ada']);
  });

  it('advances its position if the removal took longer than 30 s', async () => {
    const { hub, action } = await withItem();
    await unfollow(hub, 'ada');
    const between: string[] = [];
    await write(hub, removalOf(action, 'ada'), {}, async (method) => {
      if (method !== 'remove' || between.length > 0) return;
      hub.time.advance(31_000);
      between.push(formatPosition(await hub.clock.watermark(SPACE, 'ada')));
      hub.time.advance(31_000);
    });
    expect((await changes(hub, between[0] ?? '')).removed).toEqual(['a1:ada']);
    const [removed] = hub.stores.feeds.allRemoved();
    expect(publishedMessages(hub).at(-1)).toEqual({ kind: 'removed', items: [removed] });
  });

  it('comes back at once if it is eligible', async () => {
    const { hub, action } = await withItem();
    // The user follows it again after the removal was decided.
    await write(hub, removalOf(action, 'ada'));
    expect(hub.stores.feeds.all().map((item) => item.id)).toEqual(['a1:ada']);
    expect(hub.stores.feeds.allRemoved()).toEqual([]);
  });
});

describe('written items', () => {
  const recordIn = (calls: string[]): BeforeCall => {
    return async (method) => void calls.push(method);
  };

  it('are revalidated by one call to Redis if nothing was invalidated', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a1'));
    const calls: string[] = [];
    await write(hub, upsertOf(hub, action, 'ada'), {}, recordIn(calls));
    expect(calls).toEqual(['writer', 'begin', 'insert', 'publish', 'since', 'end']);
  });

  it('are removed if their user unfollowed meanwhile, even if that has ended', async () => {
    const hub = new MemoryHub();
    for (const user of ['ada', 'bob']) await follow(hub, user);
    const action = await storeAction(hub, actionOf(hub, 'a1'));
    const readPosition = await hub.clock.now(SPACE);
    await hub.invalidations.begin(SPACE, [userInvalidation('ada')]);
    await unfollow(hub, 'ada');
    await hub.invalidations.end(SPACE, [userInvalidation('ada')]);
    await write(hub, upsertOf(hub, action, 'ada', 'bob'), { readPosition });
    expect(hub.stores.feeds.all().map((item) => item.user)).toEqual(['bob']);
    expect(publishedMessages(hub).map(({ kind }) => kind)).toEqual(['items', 'removed']);
  });

  it('stay if the invalidated user still follows, and only that user is checked', async () => {
    const hub = new MemoryHub();
    for (const user of ['ada', 'bob']) await follow(hub, user);
    const action = await storeAction(hub, actionOf(hub, 'a1'));
    const readPosition = await hub.clock.now(SPACE);
    await hub.invalidations.begin(SPACE, [userInvalidation('ada')]);
    await unfollow(hub, 'bob');
    await write(hub, upsertOf(hub, action, 'ada', 'bob'), { readPosition });
    expect(hub.stores.feeds.all().map((item) => item.user)).toEqual(['ada', 'bob']);
  });

  it('are removed if the invalidations are no longer known', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a1'));
    const readPosition = await hub.clock.now(SPACE);
    await unfollow(hub, 'ada');
    hub.time.advance(11 * 60_000);
    await write(hub, upsertOf(hub, action, 'ada'), { readPosition });
    expect(hub.stores.feeds.all()).toEqual([]);
  });
});

describe('changes with suppressed pushes', () => {
  it('are not published one by one, but force a resync of earlier positions', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await storeAction(hub, actionOf(hub, 'a1'));
    const before = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    await write(hub, upsertOf(hub, action, 'ada'), { suppressPushes: true });
    expect(publishedMessages(hub)).toEqual([]);
    hub.time.advance(60_000);
    const between = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    await resetFeeds(hub.deps, hub.stores, SPACE, ['ada', 'ada']);
    expect(publishedMessages(hub)).toMatchObject([{ kind: 'reset', user: 'ada' }]);
    for (const position of [before, between]) {
      expect(await changes(hub, position)).toMatchObject({ reset: true, items: [], counts: { unread: 1 } });
    }
    hub.time.advance(60_000);
    const { position } = await changes(hub, between);
    expect(await changes(hub, position)).toMatchObject({ reset: false, items: [] });
  });

  it('reach readers that read while the resync position was being raised', async () => {
    const hub = new MemoryHub();
    const positions: string[] = [];
    const slow = hub.process(async (method) => {
      if (['begin', 'forceResync', 'publish', 'end'].includes(method)) {
        positions.push((await changes(hub, formatPosition(await hub.clock.now(SPACE)))).position);
      }
    });
    await resetFeeds(slow, await slow.spaces.writer(SPACE), SPACE, ['ada']);
    expect(positions).toHaveLength(4);
    for (const position of positions) expect((await changes(hub, position)).reset).toBe(true);
  });
});

describe('an old position', () => {
  it('returns a reset, because removals since then may be forgotten', async () => {
    const hub = new MemoryHub();
    const position = formatPosition(await hub.clock.watermark(SPACE, 'ada'));
    hub.time.advance(28 * 24 * 3_600_000);
    expect((await changes(hub, position)).reset).toBe(false);
    hub.time.advance(24 * 3_600_000);
    expect((await changes(hub, position)).reset).toBe(true);
  });
});

/** A store that executes inserts twice, as after a lost response. Only the second result is returned. */
function insertingTwice(hub: MemoryHub): void {
  const { feeds } = hub.stores;
  const insert = feeds.insert.bind(feeds);
  feeds.insert = async (items) => {
    await insert(items);
    return await insert(items);
  };
}

describe('an insert that the database executes twice', () => {
  it.each([false, true])(
    'publishes its items (existing ones are looked up first: %s)',
    async (checkExisting) => {
      const hub = new MemoryHub();
      await follow(hub, 'ada');
      const action = await storeAction(hub, actionOf(hub, 'a1'));
      insertingTwice(hub);
      expect(await write(hub, upsertOf(hub, action, 'ada'), { checkExisting })).toBe(1);
      expect(publishedMessages(hub)).toMatchObject([
        { kind: 'items', groups: [{ action: action.id, users: ['ada'] }] },
      ]);
    },
  );
});
