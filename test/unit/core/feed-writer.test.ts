import { describe, expect, it } from 'vitest';
import { feedChanges } from '../../../core/feed/changes.ts';
import { resetFeeds } from '../../../core/feed/reset.ts';
import { type Edit, type EditOptions, FeedWriter } from '../../../core/feed/writer.ts';
import { userChurn } from '../../../core/ports/bus.ts';
import { formatPosition } from '../../../core/positions.ts';
import { type Deps, MemoryHub, principal, SPACE } from '../../support/memory/hub.ts';
import type { BeforeCall } from '../../support/memory/intercept.ts';
import { actionOf, arriving, follow, keep, leaving, unfollow } from '../../support/model/written.ts';

/** Writes as a process of its own would; `before` is told of its calls to ports. */
async function write(
  hub: MemoryHub,
  edit: Edit,
  options: Partial<EditOptions> = {},
  before: BeforeCall = async () => undefined,
): Promise<number> {
  const since = options.since ?? (await hub.clock.now(SPACE));
  const deps: Deps = hub.process(before);
  const writer = new FeedWriter(deps, await deps.spaces.writer(SPACE), SPACE);
  return writer.write(edit, { ...options, since });
}

const told = (hub: MemoryHub) => hub.bus.published.map(({ message }) => message);
const only = (hub: MemoryHub) => {
  const [item] = hub.stores.feeds.all();
  if (!item) throw new Error('nobody has an item');
  return item;
};
const changes = (hub: MemoryHub, position: string) =>
  feedChanges(hub.deps, principal('ada'), 'ada', { position });
const read = { unread: false, seen: true };

/** Marks everything read. */
async function markRead(hub: MemoryHub): Promise<void> {
  const pos = await hub.clock.now(SPACE);
  const scan = { user: 'ada', mark: 'read' as const, before: pos, entered: pos, limit: 10 };
  await hub.stores.feeds.mark({ ...scan, ids: await hub.stores.feeds.markable(scan) }, pos);
}

/** A hub in which ada follows p1 and has one read item of an action of revision 1. */
async function withItem(settings: MemoryHub['settings'] | object = {}) {
  const hub = new MemoryHub({ settings });
  await follow(hub, 'ada');
  const action = await keep(hub, actionOf(hub, 'a1'));
  await write(hub, arriving(hub, action, 'ada'));
  await markRead(hub);
  hub.time.advance(1_000);
  const next = await keep(hub, { ...action, rev: 2, count: 2, updatedAt: hub.time.now() });
  hub.bus.published.length = 0;
  return { hub, action, next };
}

describe('an item whose action gained another', () => {
  it('moves up and is unread again', async () => {
    const { hub, next } = await withItem();
    const { pos } = only(hub);
    expect(await write(hub, arriving(hub, next, 'ada'), { mayExist: true })).toBe(1);
    const item = only(hub);
    expect(item).toMatchObject({ at: hub.time.now(), unread: true, seen: false, rev: 2 });
    expect(item.pos).toBeGreaterThan(pos);
    expect(item.entered).toBe(item.pos);
    expect(told(hub)).toEqual([{ kind: 'items', items: [item], actions: [next] }]);
  });

  it('does so once, however often it is written', async () => {
    const { hub, next } = await withItem();
    await write(hub, arriving(hub, next, 'ada'), { mayExist: true });
    await markRead(hub);
    expect(await write(hub, arriving(hub, next, 'ada'))).toBe(0);
    expect(only(hub)).toMatchObject(read);
  });

  it('keeps marks and place under "keep", and tells its content', async () => {
    const { hub, action, next } = await withItem({ regroup: 'keep' });
    const before = only(hub);
    await write(hub, arriving(hub, next, 'ada'));
    const item = only(hub);
    expect(item).toEqual({ ...before, rev: 2, pos: item.pos });
    expect(item).toMatchObject({ ...read, at: action.timestamp });
    const { items } = await changes(hub, formatPosition(before.pos));
    expect(items.map(({ action: { count } }) => count)).toEqual([2]);
    expect(told(hub)).toMatchObject([{ kind: 'items', actions: [{ count: 2 }] }]);
  });

  it('is bumped also where a mark was made under a later position on the way', async () => {
    const { hub, next } = await withItem();
    await write(hub, arriving(hub, next, 'ada'), { mayExist: true }, async (method) => {
      if (method !== 'bump' || only(hub).unread) return;
      const pos = await hub.clock.now(SPACE);
      const scan = { user: 'ada', mark: 'unread' as const, before: pos, entered: pos, limit: 10 };
      await hub.stores.feeds.mark({ ...scan, ids: [only(hub).id] }, pos);
    });
    expect(only(hub)).toMatchObject({ rev: 2, unread: true, seen: false });
    expect(hub.clock.inFlight(SPACE)).toBe(0);
  });

  it('is not told with what the action was before', async () => {
    const { hub, action, next } = await withItem();
    await write(hub, arriving(hub, next, 'ada'));
    hub.bus.published.length = 0;
    await write(hub, arriving(hub, action, 'ada'), { begun: 0 });
    expect(told(hub)).toMatchObject([{ kind: 'items', actions: [{ rev: 2, count: 2 }] }]);
  });
});

describe('an item that left its feed', () => {
  it('is told, is in no page and no count, and comes back as what arrives says', async () => {
    const { hub, action, next } = await withItem();
    await write(hub, arriving(hub, next, 'ada'));
    const from = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    await unfollow(hub, 'ada');
    hub.bus.published.length = 0;
    expect(await write(hub, leaving(action, 'ada'))).toBe(1);
    const [removed] = hub.stores.feeds.allRemoved();
    expect(told(hub)).toEqual([{ kind: 'removed', items: [removed] }]);
    expect(await changes(hub, from)).toMatchObject({
      items: [],
      removed: ['a1:ada'],
      counts: { unread: 0 },
      reset: false,
    });
    await follow(hub, 'ada');
    expect(await write(hub, arriving(hub, next, 'ada'))).toBe(1);
    expect(only(hub)).toMatchObject({ unread: true, rev: 2 });
    expect(hub.stores.feeds.allRemoved()).toEqual([]);
    expect((await changes(hub, from)).removed).toEqual([]);
  });

  it('leaves once; a second removal changes and tells nothing', async () => {
    const { hub, action } = await withItem();
    await unfollow(hub, 'ada');
    await write(hub, leaving(action, 'ada'));
    hub.bus.published.length = 0;
    expect(await write(hub, leaving(action, 'ada'))).toBe(0);
    expect(told(hub)).toEqual([]);
  });

  it('is told again by who comes after one that died before telling', async () => {
    const { hub, action } = await withItem();
    await unfollow(hub, 'ada');
    const begun = await hub.clock.now(SPACE);
    const dying = write(hub, leaving(action, 'ada'), {}, async (method) => {
      if (method === 'publish') throw new Error('died');
    });
    await expect(dying).rejects.toThrow('died');
    hub.time.advance(62_000);
    const between = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    expect(await write(hub, leaving(action, 'ada'), { begun })).toBe(0);
    expect(told(hub)).toMatchObject([{ kind: 'removed', items: [{ id: 'a1:ada' }] }]);
    // Readers had gone past it.
    expect((await changes(hub, between)).removed).toEqual(['a1:ada']);
  });

  it('is stamped again where its removal took longer than 30 s', async () => {
    const { hub, action } = await withItem();
    await unfollow(hub, 'ada');
    const between: string[] = [];
    await write(hub, leaving(action, 'ada'), {}, async (method) => {
      if (method !== 'remove' || between.length > 0) return;
      hub.time.advance(31_000);
      between.push(formatPosition(await hub.clock.horizon(SPACE, 'ada')));
      hub.time.advance(31_000);
    });
    expect((await changes(hub, between[0] ?? '')).removed).toEqual(['a1:ada']);
    const [removed] = hub.stores.feeds.allRemoved();
    expect(told(hub).at(-1)).toEqual({ kind: 'removed', items: [removed] });
  });

  it('comes back at once where it belongs there after all', async () => {
    const { hub, action } = await withItem();
    // Somebody followed it anew after it was decided that it goes.
    await write(hub, leaving(action, 'ada'));
    expect(hub.stores.feeds.all().map((item) => item.id)).toEqual(['a1:ada']);
    expect(hub.stores.feeds.allRemoved()).toEqual([]);
  });
});

describe('what was written', () => {
  const reading = (calls: string[]): BeforeCall => {
    return async (method) => void calls.push(method);
  };

  it('is looked at again by one question to Redis where nothing was taken away', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await keep(hub, actionOf(hub, 'a1'));
    const calls: string[] = [];
    await write(hub, arriving(hub, action, 'ada'), {}, reading(calls));
    expect(calls).toEqual(['writer', 'begin', 'insert', 'publish', 'since', 'end']);
  });

  it('goes where its user stopped following meanwhile, even if that is done', async () => {
    const hub = new MemoryHub();
    for (const user of ['ada', 'bob']) await follow(hub, user);
    const action = await keep(hub, actionOf(hub, 'a1'));
    const since = await hub.clock.now(SPACE);
    await hub.churn.begin(SPACE, [userChurn('ada')]);
    await unfollow(hub, 'ada');
    await hub.churn.done(SPACE, [userChurn('ada')]);
    await write(hub, arriving(hub, action, 'ada', 'bob'), { since });
    expect(hub.stores.feeds.all().map((item) => item.user)).toEqual(['bob']);
    expect(told(hub).map(({ kind }) => kind)).toEqual(['items', 'removed']);
  });

  it('stays where who churned still follows, and is asked about for that user alone', async () => {
    const hub = new MemoryHub();
    for (const user of ['ada', 'bob']) await follow(hub, user);
    const action = await keep(hub, actionOf(hub, 'a1'));
    const since = await hub.clock.now(SPACE);
    await hub.churn.begin(SPACE, [userChurn('ada')]);
    await unfollow(hub, 'bob');
    await write(hub, arriving(hub, action, 'ada', 'bob'), { since });
    expect(hub.stores.feeds.all().map((item) => item.user)).toEqual(['ada', 'bob']);
  });

  it('goes where nobody knows any more what churned', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await keep(hub, actionOf(hub, 'a1'));
    const since = await hub.clock.now(SPACE);
    await unfollow(hub, 'ada');
    hub.time.advance(11 * 60_000);
    await write(hub, arriving(hub, action, 'ada'), { since });
    expect(hub.stores.feeds.all()).toEqual([]);
  });
});

describe('quiet changes', () => {
  it('are not told one by one, but nobody goes on from before them', async () => {
    const hub = new MemoryHub();
    await follow(hub, 'ada');
    const action = await keep(hub, actionOf(hub, 'a1'));
    const before = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    await write(hub, arriving(hub, action, 'ada'), { quiet: true });
    expect(told(hub)).toEqual([]);
    hub.time.advance(60_000);
    const between = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    await resetFeeds(hub.deps, hub.stores, SPACE, ['ada', 'ada']);
    expect(told(hub)).toMatchObject([{ kind: 'reset', user: 'ada' }]);
    for (const position of [before, between]) {
      expect(await changes(hub, position)).toMatchObject({ reset: true, items: [], counts: { unread: 1 } });
    }
    hub.time.advance(60_000);
    const { position } = await changes(hub, between);
    expect(await changes(hub, position)).toMatchObject({ reset: false, items: [] });
  });

  it('reach those who read while the floor was being raised', async () => {
    const hub = new MemoryHub();
    const positions: string[] = [];
    const slow = hub.process(async (method) => {
      if (['begin', 'raiseFloors', 'publish', 'end'].includes(method)) {
        positions.push((await changes(hub, formatPosition(await hub.clock.now(SPACE)))).position);
      }
    });
    await resetFeeds(slow, await slow.spaces.writer(SPACE), SPACE, ['ada']);
    expect(positions).toHaveLength(4);
    for (const position of positions) expect((await changes(hub, position)).reset).toBe(true);
  });
});

describe('a position from long ago', () => {
  it('asks for a reload, because what left the feed since may be forgotten', async () => {
    const hub = new MemoryHub();
    const position = formatPosition(await hub.clock.horizon(SPACE, 'ada'));
    hub.time.advance(28 * 24 * 3_600_000);
    expect((await changes(hub, position)).reset).toBe(false);
    hub.time.advance(24 * 3_600_000);
    expect((await changes(hub, position)).reset).toBe(true);
  });
});
