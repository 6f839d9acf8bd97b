/** Tests that every feed store must pass, in memory and in MongoDB. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredItem } from '../../../core/model/entities.ts';
import { groupItems } from '../../../core/model/item-groups.ts';
import type { ChangeCursor } from '../../../core/model/positions.ts';
import {
  asMillis,
  asPosition,
  FIRST_POSITION,
  LAST_POSITION,
  type Millis,
} from '../../../core/model/units.ts';
import type { FeedStore, ItemScan, Mark } from '../../../core/ports/feeds.ts';

const START = asMillis(Date.UTC(2026, 0, 1));
const start = { position: FIRST_POSITION, after: null };

const item = (name: string, more: Partial<StoredItem> = {}): StoredItem => {
  const { action = name, user = 'ada', position = 100 } = more;
  return {
    id: `${action}:${user}`,
    user,
    action,
    at: START,
    position: asPosition(position),
    deliveredPosition: asPosition(position),
    version: 1,
    unread: true,
    seen: false,
    ...more,
  };
};
const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);

export function describeFeedStore(name: string, open: () => Promise<FeedStore>): void {
  describe(name, () => {
    let feeds: FeedStore;
    beforeEach(async () => {
      feeds = await open();
    });

    const all = async (...items: StoredItem[]) =>
      (await feeds.byIds(items.map((each) => each.id))).sort(byId);

    it('inserts missing items and returns the ones that existed or were removed', async () => {
      const [a, b, c] = [item('a'), item('b'), item('c')];
      expect(await feeds.insert(groupItems([a, b]))).toEqual([]);
      await feeds.remove([b.id], asPosition(200));
      const repeated = [
        item('a', { version: 2, position: asPosition(300) }),
        item('b', { position: asPosition(300) }),
        c,
      ];
      expect((await feeds.insert(groupItems(repeated))).sort()).toEqual([a.id, b.id]);
      expect(await all(a, b, c)).toEqual([a, c]);
    });

    it('inserts items that are its own if the database executes the insert twice', async () => {
      const [a, b] = [item('a'), item('b')];
      await feeds.insert(groupItems([item('b', { position: asPosition(99) })]));
      expect(await feeds.insert(groupItems([a, b]))).toEqual([b.id]);
      expect(await feeds.insert(groupItems([a, b]))).toEqual([b.id]);
      expect(await all(a)).toEqual([a]);
    });

    describe('with archived and snoozed items', () => {
      const HOUR = 3_600_000;
      const [end, later] = [asMillis(START + HOUR), asMillis(START + 2 * HOUR)];
      const select = (mark: Mark, ...ids: string[]) => ({
        user: 'ada',
        mark,
        ...(ids.length > 0 && { ids }),
        maxPosition: LAST_POSITION,
        maxDeliveredPosition: LAST_POSITION,
      });
      const snoozeOf = (until: Millis, ...ids: string[]) => ({
        ...select('snooze', ...ids),
        snoozeUntil: until,
      });
      const archived = { unread: false, seen: true, aside: { state: 'archived' } } as const;
      const snoozedTo = (until: Millis) => ({ aside: { state: 'snoozed', until } }) as const;
      const [inbox, a, b, c] = ['inbox', 'a', 'b', 'c'].map((name, age) =>
        item(name, { at: asMillis(START - age) }),
      ) as [StoredItem, StoredItem, StoredItem, StoredItem];

      /** `a` is archived, `b` and `c` are snoozed. */
      beforeEach(async () => {
        await feeds.insert(groupItems([inbox, a, b, c, item('a', { user: 'bob' })]));
        expect(await feeds.mark(select('archive', a.id), asPosition(200))).toBe(1);
        expect(await feeds.mark(snoozeOf(end, b.id), asPosition(201))).toBe(1);
        expect(await feeds.mark(snoozeOf(later, c.id), asPosition(202))).toBe(1);
      });
      const list = async (more: Partial<ItemScan>) =>
        (await feeds.scan({ user: 'ada', after: null, limit: 10, ...more })).map((each) => each.action);

      it('lists each state by itself and all together, with filters and cursors', async () => {
        expect(await list({})).toEqual(['inbox']);
        expect(await list({ state: 'archived' })).toEqual(['a']);
        expect(await list({ state: 'snoozed' })).toEqual(['b', 'c']);
        expect(await list({ state: 'all' })).toEqual(['inbox', 'a', 'b', 'c']);
        expect(await list({ state: 'all', limit: 2 })).toEqual(['inbox', 'a']);
        expect(await list({ state: 'all', after: { time: a.at, id: a.id } })).toEqual(['b', 'c']);
        expect(await list({ state: 'snoozed', after: { time: b.at, id: b.id } })).toEqual(['c']);
        expect(await list({ state: 'all', unread: false })).toEqual(['a']);
        expect(await list({ state: 'snoozed', since: b.at })).toEqual(['b']);
        expect(await list({ state: 'all', until: b.at })).toEqual(['b', 'c']);
      });

      it('returns them with their states, and counts the inbox alone', async () => {
        expect(await all(a, b, c)).toEqual([
          { ...a, ...archived, position: asPosition(200) },
          { ...b, ...snoozedTo(end), position: asPosition(201) },
          { ...c, ...snoozedTo(later), position: asPosition(202) },
        ]);
        expect(await feeds.counts('ada')).toEqual({ unread: 1, unseen: 1, capped: false });
        const changes = await feeds.changes('ada', { position: asPosition(150), after: null }, 10);
        expect(changes.map(({ id }) => id)).toEqual([a.id, b.id, c.id]);
        expect((await feeds.byActions(['a', 'b'], null, 10)).map(({ id }) => id)).toEqual([
          a.id,
          'a:bob',
          b.id,
        ]);
      });

      it('marks them by ids only', async () => {
        expect(await feeds.markable({ ...select('read'), limit: 10 })).toEqual([inbox.id]);
        const ids = [inbox.id, a.id, b.id, c.id];
        expect((await feeds.markable({ ...select('read', ...ids), limit: 10 })).sort()).toEqual(
          [b.id, c.id, inbox.id].sort(),
        );
        expect(await feeds.mark(select('read', ...ids), asPosition(300))).toBe(3);
        expect(await feeds.mark(select('unread', ...ids), asPosition(301))).toBe(4);
        expect((await all(a, b)).map(({ unread, aside }) => [unread, aside?.state])).toEqual([
          [true, 'archived'],
          [true, 'snoozed'],
        ]);
        expect(await feeds.counts('ada')).toEqual({ unread: 1, unseen: 0, capped: false });
      });

      it('marks none of them among items that were found in the inbox', async () => {
        const among = [inbox.id, a.id, b.id, c.id];
        const selection = { ...select('archive'), among };
        expect(await feeds.markable({ ...selection, limit: 10 })).toEqual([inbox.id]);
        expect(await feeds.mark({ ...selection, among: [a.id, b.id] }, asPosition(300))).toBe(0);
        expect(await feeds.mark(selection, asPosition(300))).toBe(1);
        expect(await list({ state: 'snoozed' })).toEqual(['b', 'c']);
      });

      it('stores the press of a button where they are, and marks them read there', async () => {
        const press = { button: 'yes', at: START, version: 1 };
        for (const { id } of [inbox, a, b]) {
          expect(await feeds.press({ ...press, id }, asPosition(300))).toBe(true);
          expect(await feeds.press({ ...press, id, button: 'no' }, asPosition(301))).toBe(false);
        }
        const read = { unread: false, seen: true, position: asPosition(300) };
        const pressed = { button: 'yes', at: START };
        expect(await all(inbox, a, b)).toEqual([
          { ...a, ...archived, ...read, pressed },
          { ...b, ...snoozedTo(end), ...read, pressed },
          { ...inbox, ...read, pressed },
        ]);
        expect(await list({})).toEqual(['inbox']);
        await feeds.endSnoozes([b.id], end, asPosition(302));
        expect(await all(b)).toMatchObject([{ unread: true, seen: false, at: end, pressed }]);
      });

      it('archives them again only if they are snoozed or unread', async () => {
        const ids = [a.id, b.id, c.id];
        expect(await feeds.mark(select('archive', ...ids), asPosition(300))).toBe(2);
        expect(await feeds.mark(select('archive', ...ids), asPosition(301))).toBe(0);
        await feeds.mark(select('unread', b.id), asPosition(302));
        expect(await feeds.mark(select('archive', ...ids), asPosition(303))).toBe(1);
        expect(await all(b)).toEqual([{ ...b, ...archived, position: asPosition(303) }]);
      });

      it('returns archived items to the inbox with their marks, by ids, all, or a time', async () => {
        expect(await feeds.mark(select('unarchive', b.id), asPosition(300))).toBe(0);
        expect(await feeds.mark({ ...select('unarchive'), until: b.at }, asPosition(300))).toBe(0);
        expect(await feeds.markBoundary(select('unarchive'), 10)).toBe(LAST_POSITION);
        expect(await feeds.markable({ ...select('unarchive'), limit: 10 })).toEqual([a.id]);
        expect(await feeds.mark(select('unarchive'), asPosition(301))).toBe(1);
        expect(await all(a)).toEqual([{ ...a, unread: false, seen: true, position: asPosition(301) }]);
        expect(await feeds.markBoundary(select('unarchive'), 10)).toBeNull();
      });

      it('archives the inbox', async () => {
        expect(await feeds.markBoundary(select('archive'), 10)).toBe(LAST_POSITION);
        expect(await feeds.markable({ ...select('archive'), limit: 10 })).toEqual([inbox.id]);
        expect(await feeds.mark(select('archive'), asPosition(300))).toBe(1);
        expect(await list({ state: 'archived' })).toEqual(['inbox', 'a']);
      });

      it('snoozes them again until another time, and returns snoozed ones with their marks', async () => {
        expect(await feeds.mark(snoozeOf(later, a.id, b.id, c.id), asPosition(300))).toBe(2);
        expect(await list({ state: 'snoozed' })).toEqual(['a', 'b', 'c']);
        expect(await feeds.mark(select('unsnooze', a.id, b.id, inbox.id), asPosition(301))).toBe(2);
        expect(await all(a, b)).toEqual([
          { ...a, unread: false, seen: true, position: asPosition(301) },
          { ...b, position: asPosition(301) },
        ]);
      });

      it('returns due items: unread, unseen, at the end of their snooze', async () => {
        await feeds.mark(select('read', b.id), asPosition(300));
        expect(await feeds.nextSnoozeEnd()).toBe(end);
        expect(await feeds.dueSnoozes(asMillis(end - 1), 10)).toEqual([]);
        expect((await feeds.dueSnoozes(later, 10)).map(({ id }) => id)).toEqual([b.id, c.id]);
        expect((await feeds.dueSnoozes(later, 1)).map(({ id }) => id)).toEqual([b.id]);
        expect(await feeds.endSnoozes([b.id, c.id], end, asPosition(300))).toBe(0);
        expect(await feeds.endSnoozes([a.id, b.id, c.id], end, asPosition(301))).toBe(1);
        expect(await all(b)).toEqual([{ ...b, at: end, position: asPosition(301) }]);
        expect(await list({})).toEqual(['b', 'inbox']);
        expect(await feeds.nextSnoozeEnd()).toBe(later);
        await feeds.endSnoozes([c.id], later, asPosition(302));
        expect(await feeds.nextSnoozeEnd()).toBeNull();
      });

      it('returns them to the inbox by a bump, but not by one that keeps their place', async () => {
        const bump = { version: 2, position: asPosition(300) };
        const redeliverAs = { at: later, unread: true, seen: false };
        expect(await feeds.bump([{ ...bump, ids: [a.id] }])).toBe(1);
        expect(await feeds.bump([{ ...bump, ids: [b.id], redeliverAs }])).toBe(1);
        const [position, version] = [asPosition(300), 2];
        expect(await all(a, b)).toEqual([
          { ...a, ...archived, position, version },
          { ...b, ...redeliverAs, position, version, deliveredPosition: position },
        ]);
      });

      it('touches, removes and restores them', async () => {
        expect(await feeds.touch([a.id, b.id], asPosition(300))).toBe(2);
        expect(await feeds.remove([a.id, b.id], asPosition(301))).toBe(2);
        expect(await list({ state: 'all' })).toEqual(['inbox', 'c']);
        expect(await feeds.dueSnoozes(end, 10)).toEqual([]);
        expect((await feeds.removedByIds([a.id, b.id])).map(({ id }) => id).sort()).toEqual([a.id, b.id]);
        const restored = { ...b, position: asPosition(302) };
        expect(await feeds.restore([restored])).toEqual([]);
        expect(await all(a, b)).toEqual([restored]);
      });
    });

    it('excludes removed items from pages, counts and marks, but reports them as changes', async () => {
      const [a, b] = [item('a'), item('b', { position: asPosition(101) })];
      await feeds.insert(groupItems([a, b]));
      expect(await feeds.remove([a.id, 'none:ada'], asPosition(200))).toBe(1);
      expect(await feeds.remove([a.id], asPosition(201))).toBe(0);
      const removed = { id: a.id, user: 'ada', action: 'a', position: 200 };
      expect(await feeds.removedByIds([a.id, b.id])).toEqual([removed]);
      expect(await feeds.byIds([a.id, b.id])).toEqual([b]);
      const stored = await feeds.storedByIds([a.id, b.id, 'none:ada']);
      expect(new Map(stored.map((each) => [each.id, each]))).toEqual(
        new Map<string, unknown>([
          [a.id, removed],
          [b.id, b],
        ]),
      );
      expect(await feeds.scan({ user: 'ada', after: null, limit: 10 })).toEqual([b]);
      expect(await feeds.counts('ada')).toMatchObject({ unread: 1, unseen: 1 });
      const markable = {
        user: 'ada',
        mark: 'read' as const,
        maxPosition: LAST_POSITION,
        maxDeliveredPosition: LAST_POSITION,
        limit: 10,
      };
      expect(await feeds.markable(markable)).toEqual([b.id]);
      expect(await feeds.mark({ ...markable, ids: [a.id] }, asPosition(300))).toBe(0);
      expect(await feeds.changes('ada', start, 10)).toEqual([b, removed]);
      expect(await feeds.countChanges('ada', start, 10)).toBe(2);
      expect(await feeds.changes('bob', start, 10)).toEqual([]);
    });

    it('removes nothing that changed at a later position', async () => {
      const a = item('a', { position: asPosition(100) });
      await feeds.insert(groupItems([a]));
      expect(await feeds.remove([a.id], asPosition(100))).toBe(0);
      expect(await feeds.remove([a.id], asPosition(101))).toBe(1);
    });

    it('restores removed items at later positions only', async () => {
      const [a, b, c] = [item('a'), item('b'), item('c')];
      await feeds.insert(groupItems([a, b, c]));
      await feeds.remove([a.id, b.id], asPosition(200));
      const next = {
        position: asPosition(201),
        deliveredPosition: asPosition(201),
        at: asMillis(START + 5),
        unread: false,
        seen: true,
        version: 3,
      };
      const revived = [
        item('a', next),
        item('b', { ...next, position: asPosition(200) }),
        item('c', next),
        item('d', next),
      ];
      expect((await feeds.restore(revived)).sort()).toEqual(['b:ada', 'c:ada', 'd:ada']);
      expect(await feeds.byIds([a.id, b.id])).toEqual([item('a', next)]);
      expect(await feeds.removedByIds([a.id, b.id])).toMatchObject([{ id: b.id }]);
      expect(await feeds.restore([item('b', next)])).toEqual([]);
      expect(await feeds.removedByIds([a.id, b.id])).toEqual([]);
    });

    it('bumps items of earlier versions that did not change since', async () => {
      const read = { unread: false, seen: true };
      const items = [
        item('x', { user: 'a', ...read }),
        item('x', { user: 'b', version: 2, ...read }),
        item('x', { user: 'c', position: asPosition(300), ...read }),
        item('x', { user: 'd' }),
      ];
      await feeds.insert(groupItems(items));
      await feeds.remove(['x:d'], asPosition(150));
      const ids = items.map((each) => each.id);
      const delivery = { at: asMillis(START + 9), unread: true, seen: false };
      const bump = { ids, version: 2, position: asPosition(200), redeliverAs: delivery };
      expect(await feeds.bump([bump])).toBe(1);
      expect(await feeds.byIds(['x:a'])).toEqual([
        item('x', { user: 'a', position: asPosition(200), version: 2, at: asMillis(START + 9) }),
      ]);
      expect(await feeds.byIds(['x:b'])).toMatchObject([{ position: 100, ...read }]);
      // Without `redeliverAs` the order, the marks and the delivered position stay.
      expect(await feeds.bump([{ ids, version: 3, position: asPosition(400) }])).toBe(3);
      expect(await feeds.byIds(['x:c'])).toEqual([
        item('x', {
          user: 'c',
          position: asPosition(400),
          deliveredPosition: asPosition(300),
          version: 3,
          ...read,
        }),
      ]);
    });

    it('bumps items of several actions, each into its own state', async () => {
      const [a, b] = [item('a'), item('b')];
      await feeds.insert(groupItems([a, b]));
      const position = asPosition(200);
      const readAt = { at: asMillis(START + 1), unread: false, seen: true };
      const unreadAt = { at: asMillis(START + 2), unread: true, seen: false };
      const bumps = [
        { ids: [a.id], version: 2, position, redeliverAs: readAt },
        { ids: [b.id, 'none:ada'], version: 3, position, redeliverAs: unreadAt },
      ];
      expect(await feeds.bump(bumps)).toBe(2);
      const delivered = { position, deliveredPosition: position };
      expect(await all(a, b)).toEqual([
        { ...a, ...delivered, ...readAt, version: 2 },
        { ...b, ...delivered, ...unreadAt, version: 3 },
      ]);
      expect(await feeds.bump([])).toBe(0);
    });

    it('touches items and advances their positions, in the feed or removed', async () => {
      const [a, b] = [item('a'), item('b')];
      await feeds.insert(groupItems([a, b]));
      await feeds.remove([b.id], asPosition(150));
      expect(await feeds.touch([a.id, b.id], asPosition(100))).toBe(0);
      expect(await feeds.touch([a.id, b.id], asPosition(160))).toBe(1);
      await feeds.advancePosition([a.id, b.id], asPosition(160), asPosition(170));
      await feeds.advancePosition([a.id, b.id], asPosition(150), asPosition(180));
      expect(await feeds.byIds([a.id])).toEqual([{ ...a, position: 170 }]);
      expect(await feeds.removedByIds([b.id])).toMatchObject([{ position: 180 }]);
    });

    it('marks nothing that changed, was inserted or was bumped after the given position', async () => {
      await feeds.insert(
        groupItems([
          item('old'),
          item('changed', { position: asPosition(300), deliveredPosition: asPosition(100) }),
          item('bumped', { position: asPosition(300), deliveredPosition: asPosition(300) }),
        ]),
      );
      const scan = { user: 'ada', mark: 'read' as const, limit: 10 };
      const find = async (maxPosition: number, maxDeliveredPosition: number) =>
        (
          await feeds.markable({
            ...scan,
            maxPosition: asPosition(maxPosition),
            maxDeliveredPosition: asPosition(maxDeliveredPosition),
          })
        ).sort();
      expect(await find(200, 1_000)).toEqual(['old:ada']);
      expect(await find(1_000, 200)).toEqual(['changed:ada', 'old:ada']);
      const ids = ['old:ada', 'changed:ada', 'bumped:ada'];
      expect(
        await feeds.mark(
          { ...scan, ids, maxPosition: asPosition(400), maxDeliveredPosition: asPosition(200) },
          asPosition(400),
        ),
      ).toBe(2);
      expect(await feeds.byIds(['bumped:ada'])).toMatchObject([{ unread: true, position: 300 }]);
    });

    it('marks all items of a feed up to a boundary', async () => {
      const items = [100, 200, 200, 300, 400].map((position, index) =>
        item(`a${index}`, { position: asPosition(position), at: asMillis(START + index) }),
      );
      await feeds.insert(
        groupItems([...items, item('a0', { user: 'bob' }), item('read', { unread: false, seen: true })]),
      );
      const all = {
        user: 'ada',
        mark: 'read' as const,
        maxPosition: LAST_POSITION,
        maxDeliveredPosition: LAST_POSITION,
      };
      expect(await feeds.markBoundary(all, 5)).toBe(LAST_POSITION);
      expect(await feeds.markBoundary(all, 4)).toBe(300);
      expect(await feeds.markBoundary(all, 2)).toBe(200);
      expect(await feeds.markBoundary({ ...all, until: asMillis(START + 1) }, 1)).toBe(100);
      expect(await feeds.mark({ ...all, maxPosition: asPosition(200) }, asPosition(500))).toBe(3);
      expect(await feeds.counts('ada')).toMatchObject({ unread: 2, unseen: 2 });
      expect(await feeds.counts('bob')).toMatchObject({ unread: 1 });
      const until = { ...all, until: asMillis(START + 3) };
      expect(await feeds.mark(until, asPosition(501))).toBe(1);
      await feeds.advancePositionOf('ada', asPosition(500), asPosition(600));
      const positions = (await feeds.byIds(items.map(({ id }) => id)))
        .sort(byId)
        .map((each) => each.position);
      expect(positions).toEqual([600, 600, 600, 501, 400]);
      expect(await feeds.markBoundary(until, 2)).toBeNull();
    });

    it('returns changes ordered by position and id, from any of them on', async () => {
      const items = [
        item('a', { position: asPosition(300) }),
        item('b', { position: asPosition(200) }),
        item('c', { position: asPosition(200) }),
        item('d', { position: asPosition(50) }),
        item('e', { position: asPosition(60) }),
      ];
      await feeds.insert(groupItems(items));
      await feeds.remove(['d:ada'], asPosition(200));
      const order = async (from: ChangeCursor, limit = 10) =>
        (await feeds.changes('ada', from, limit)).map((each) => each.action);
      expect(await order(start)).toEqual(['e', 'b', 'c', 'd', 'a']);
      expect(await order(start, 3)).toEqual(['e', 'b', 'c']);
      expect(await order({ position: asPosition(200), after: 'b:ada' })).toEqual(['c', 'd', 'a']);
      expect(await order({ position: asPosition(200), after: null })).toEqual(['a']);
      expect(await feeds.countChanges('ada', start, 3)).toBe(3);
    });

    it('finds the items of actions ordered by id, without removed ones', async () => {
      const actions = Array.from({ length: 40 }, (_, index) => `a${String(index).padStart(2, '0')}`);
      const users = ['ada', 'bob', 'cy'];
      const items = actions.flatMap((action) => users.map((user) => item(action, { user })));
      await feeds.insert(groupItems(items));
      const removed = ['a03:bob', 'a20:ada'];
      await feeds.remove(removed, asPosition(200));
      // Adjacent ids, distant ids, and ids that do not exist.
      const requested = ['a39', 'a03', 'a04', 'a20', 'zz', 'a0'];
      const expected = items
        .filter((each) => requested.includes(each.action) && !removed.includes(each.id))
        .sort(byId);
      for (const limit of [1, 2, 3, 100]) {
        const found: StoredItem[] = [];
        for (let after: string | null = null; ; ) {
          const page: StoredItem[] = await feeds.byActions(requested, after, limit);
          found.push(...page);
          if (page.length < limit) break;
          after = page.at(-1)?.id ?? null;
        }
        expect(found).toEqual(expected);
      }
      expect(await feeds.byActions([], null, 10)).toEqual([]);
    });

    const claim = (token: string, now: number, id = 'a:ada') => ({
      id,
      token,
      now: asPosition(now),
      until: asPosition(now + 10),
    });

    it('lets one press of an item be claimed at a time, until it ends or its time is over', async () => {
      await feeds.insert(groupItems([item('a')]));
      const claims = await Promise.all(['x', 'y', 'z'].map((token) => feeds.claimPress(claim(token, 100))));
      expect(claims.filter(Boolean)).toHaveLength(1);
      const winner = 'xyz'[claims.indexOf(true)] ?? '';
      expect(await feeds.claimPress(claim(winner, 101))).toBe(true);
      await feeds.releasePress('a:ada', 'other');
      expect(await feeds.claimPress(claim('late', 110))).toBe(false);
      expect(await feeds.claimPress(claim('late', 111))).toBe(true);
      await feeds.releasePress('a:ada', 'late');
      expect(await feeds.claimPress(claim('next', 112))).toBe(true);
      expect(await feeds.claimPress(claim('none', 112, 'none:ada'))).toBe(false);
    });

    it('stores the first press of each version of an item, and marks it read', async () => {
      await feeds.insert(groupItems([item('a'), item('b')]));
      const press = { id: 'a:ada', version: 1, button: 'yes', at: asMillis(START + 5) };
      expect(await feeds.press(press, asPosition(100))).toBe(false);
      await feeds.claimPress(claim('x', 100));
      expect(await feeds.press(press, asPosition(101))).toBe(true);
      expect(await feeds.claimPress(claim('y', 100))).toBe(true);
      expect(await feeds.press({ ...press, button: 'no' }, asPosition(102))).toBe(false);
      const pressed = item('a', {
        pressed: { button: 'yes', at: asMillis(START + 5) },
        unread: false,
        seen: true,
        position: asPosition(101),
        deliveredPosition: asPosition(100),
      });
      expect(await all(item('a'))).toEqual([pressed]);
      expect(await feeds.scan({ user: 'ada', after: null, unread: false, limit: 9 })).toEqual([pressed]);
      expect(await feeds.counts('ada')).toMatchObject({ unread: 1, unseen: 1 });
      expect((await feeds.changes('ada', start, 10)).at(-1)).toEqual(pressed);
      const bump = { ids: ['a:ada'], version: 2, position: asPosition(200) };
      await feeds.bump([bump]);
      const [bumped] = await all(item('a'));
      expect(bumped).not.toHaveProperty('pressed');
      expect(await feeds.press(press, asPosition(201))).toBe(false);
      expect(await feeds.press({ ...press, version: 2, button: 'no' }, asPosition(201))).toBe(true);
      expect(await all(item('a'))).toMatchObject([{ pressed: { button: 'no' } }]);
    });

    it('forgets the press of an item that leaves the feed', async () => {
      await feeds.insert(groupItems([item('a')]));
      const press = { id: 'a:ada', version: 1, button: 'yes', at: START };
      await feeds.press(press, asPosition(101));
      await feeds.remove(['a:ada'], asPosition(102));
      expect(await feeds.press({ ...press, button: 'no' }, asPosition(103))).toBe(false);
      const restored = item('a', { position: asPosition(104), deliveredPosition: asPosition(104) });
      expect(await feeds.restore([restored])).toEqual([]);
      expect(await all(item('a'))).toEqual([restored]);
      expect(await feeds.press({ ...press, button: 'no' }, asPosition(105))).toBe(true);
    });

    it('purges a user completely', async () => {
      await feeds.insert(groupItems([item('a'), item('b'), item('c'), item('a', { user: 'bob' })]));
      await feeds.remove(['b:ada'], asPosition(200));
      expect(await feeds.purge('ada', 2)).toBe(2);
      expect(await feeds.purge('ada', 2)).toBe(1);
      expect(await feeds.purge('ada', 2)).toBe(0);
      expect(await feeds.changes('ada', start, 10)).toEqual([]);
      expect(await feeds.byIds(['a:bob'])).toHaveLength(1);
    });

    it('counts unseen items exactly if more items are unread than it counts', async () => {
      const seen = Array.from({ length: 1_000 }, (_, index) =>
        item(`s${index}`, { seen: true, at: asMillis(START + index) }),
      );
      const unseen = Array.from({ length: 20 }, (_, index) => item(`u${index}`));
      await feeds.insert(groupItems([...seen, ...unseen, item('read', { unread: false, seen: true })]));
      expect(await feeds.counts('ada')).toEqual({ unread: 999, unseen: 20, capped: true });
      const more = Array.from({ length: 990 }, (_, index) => item(`m${index}`));
      await feeds.insert(groupItems(more));
      expect(await feeds.counts('ada')).toEqual({ unread: 999, unseen: 999, capped: true });
      expect(await feeds.countsByUser(['ada', 'bob'])).toEqual(
        new Map([
          ['ada', { unread: 999, unseen: 999, capped: true }],
          ['bob', { unread: 0, unseen: 0, capped: false }],
        ]),
      );
    });

    it('keeps the highest resync position of each user', async () => {
      expect(await feeds.resyncBefore('ada')).toBe(0);
      await feeds.forceResync(['ada', 'bob'], asPosition(200));
      await feeds.forceResync(['ada'], asPosition(100));
      await feeds.forceResync([], asPosition(300));
      expect([
        await feeds.resyncBefore('ada'),
        await feeds.resyncBefore('bob'),
        await feeds.resyncBefore('cy'),
      ]).toEqual([200, 200, 0]);
    });
  });
}
