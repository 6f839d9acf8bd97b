/** What every store of feeds has to do, in memory or in a database. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredItem } from '../../../core/model.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';

const START = Date.UTC(2026, 0, 1);
const far = { pos: 0, after: null };

const item = (name: string, more: Partial<StoredItem> = {}): StoredItem => {
  const { action = name, user = 'ada', pos = 100 } = more;
  return {
    id: `${action}:${user}`,
    user,
    action,
    at: START,
    pos,
    entered: pos,
    rev: 1,
    unread: true,
    seen: false,
    ...more,
  };
};
const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1);

export function isFeedStore(name: string, open: () => Promise<FeedStore>): void {
  describe(name, () => {
    let feeds: FeedStore;
    beforeEach(async () => {
      feeds = await open();
    });

    const all = async (...items: StoredItem[]) =>
      (await feeds.byIds(items.map((each) => each.id))).sort(byId);

    it('inserts what is not there, and answers what was, in the feed or removed', async () => {
      const [a, b, c] = [item('a'), item('b'), item('c')];
      expect(await feeds.insert([a, b])).toEqual([]);
      await feeds.remove([b.id], 200);
      expect((await feeds.insert([item('a', { rev: 2 }), b, c])).sort()).toEqual([a.id, b.id]);
      expect(await all(a, b, c)).toEqual([a, c]);
    });

    it('takes items out of pages, counts and marks, and keeps them for those who ask what changed', async () => {
      const [a, b] = [item('a'), item('b', { pos: 101 })];
      await feeds.insert([a, b]);
      expect(await feeds.remove([a.id, 'none:ada'], 200)).toBe(1);
      expect(await feeds.remove([a.id], 201)).toBe(0);
      const gone = { id: a.id, user: 'ada', action: 'a', pos: 200 };
      expect(await feeds.removedByIds([a.id, b.id])).toEqual([gone]);
      expect(await feeds.byIds([a.id, b.id])).toEqual([b]);
      expect(await feeds.scan({ user: 'ada', after: null, limit: 10 })).toEqual([b]);
      expect(await feeds.counts('ada')).toMatchObject({ unread: 1, unseen: 1 });
      const markable = { user: 'ada', mark: 'read' as const, before: 1_000, entered: 1_000, limit: 10 };
      expect(await feeds.markable(markable)).toEqual([b.id]);
      expect(await feeds.mark({ ...markable, ids: [a.id] }, 300)).toBe(0);
      expect(await feeds.changes('ada', far, 10)).toEqual([b, gone]);
      expect(await feeds.countChanges('ada', far, 10)).toBe(2);
      expect(await feeds.changes('bob', far, 10)).toEqual([]);
    });

    it('removes nothing that changed under a later position', async () => {
      const a = item('a', { pos: 100 });
      await feeds.insert([a]);
      expect(await feeds.remove([a.id], 100)).toBe(0);
      expect(await feeds.remove([a.id], 101)).toBe(1);
    });

    it('puts removed items back as given, under later positions alone', async () => {
      const [a, b, c] = [item('a'), item('b'), item('c')];
      await feeds.insert([a, b, c]);
      await feeds.remove([a.id, b.id], 200);
      const next = { pos: 201, entered: 201, at: START + 5, unread: false, seen: true, rev: 3 };
      const back = [item('a', next), item('b', { ...next, pos: 200 }), item('c', next), item('d', next)];
      expect((await feeds.revive(back)).sort()).toEqual(['b:ada', 'c:ada', 'd:ada']);
      expect(await feeds.byIds([a.id, b.id])).toEqual([item('a', next)]);
      expect(await feeds.removedByIds([a.id, b.id])).toMatchObject([{ id: b.id }]);
      expect(await feeds.revive([item('b', next)])).toEqual([]);
      expect(await feeds.removedByIds([a.id, b.id])).toEqual([]);
    });

    it('bumps items of earlier revisions that have not changed since', async () => {
      const read = { unread: false, seen: true };
      const items = [
        item('x', { user: 'a', ...read }),
        item('x', { user: 'b', rev: 2, ...read }),
        item('x', { user: 'c', pos: 300, ...read }),
        item('x', { user: 'd' }),
      ];
      await feeds.insert(items);
      await feeds.remove(['x:d'], 150);
      const ids = items.map((each) => each.id);
      const arrival = { at: START + 9, unread: true, seen: false };
      expect(await feeds.bump({ ids, rev: 2, pos: 200, arrival })).toBe(1);
      expect(await feeds.byIds(['x:a'])).toEqual([item('x', { user: 'a', pos: 200, rev: 2, at: START + 9 })]);
      expect(await feeds.byIds(['x:b'])).toMatchObject([{ pos: 100, ...read }]);
      // Without an arrival place, marks and entry stay.
      expect(await feeds.bump({ ids, rev: 3, pos: 400 })).toBe(3);
      expect(await feeds.byIds(['x:c'])).toEqual([
        item('x', { user: 'c', pos: 400, entered: 300, rev: 3, ...read }),
      ]);
    });

    it('touches and stamps again by position, in the feed or removed', async () => {
      const [a, b] = [item('a'), item('b')];
      await feeds.insert([a, b]);
      await feeds.remove([b.id], 150);
      expect(await feeds.touch([a.id, b.id], 100)).toBe(0);
      expect(await feeds.touch([a.id, b.id], 160)).toBe(1);
      await feeds.restamp([a.id, b.id], 160, 170);
      await feeds.restamp([a.id, b.id], 150, 180);
      expect(await feeds.byIds([a.id])).toEqual([{ ...a, pos: 170 }]);
      expect(await feeds.removedByIds([b.id])).toMatchObject([{ pos: 180 }]);
    });

    it('marks nothing that changed, came in or was bumped after what the mark is for', async () => {
      await feeds.insert([
        item('old'),
        item('changed', { pos: 300, entered: 100 }),
        item('bumped', { pos: 300, entered: 300 }),
      ]);
      const scan = { user: 'ada', mark: 'read' as const, limit: 10 };
      const find = async (before: number, entered: number) =>
        (await feeds.markable({ ...scan, before, entered })).sort();
      expect(await find(200, 1_000)).toEqual(['old:ada']);
      expect(await find(1_000, 200)).toEqual(['changed:ada', 'old:ada']);
      const ids = ['old:ada', 'changed:ada', 'bumped:ada'];
      expect(await feeds.mark({ ...scan, ids, before: 400, entered: 200 }, 400)).toBe(2);
      expect(await feeds.byIds(['bumped:ada'])).toMatchObject([{ unread: true, pos: 300 }]);
    });

    it('tells changes in the order of positions and ids, from any of them on', async () => {
      const items = [
        item('a', { pos: 300 }),
        item('b', { pos: 200 }),
        item('c', { pos: 200 }),
        item('d', { pos: 50 }),
        item('e', { pos: 60 }),
      ];
      await feeds.insert(items);
      await feeds.remove(['d:ada'], 200);
      const order = async (from: typeof far | { pos: number; after: string }, limit = 10) =>
        (await feeds.changes('ada', from, limit)).map((each) => each.action);
      expect(await order(far)).toEqual(['e', 'b', 'c', 'd', 'a']);
      expect(await order(far, 3)).toEqual(['e', 'b', 'c']);
      expect(await order({ pos: 200, after: 'b:ada' })).toEqual(['c', 'd', 'a']);
      expect(await order({ pos: 200, after: null })).toEqual(['a']);
      expect(await feeds.countChanges('ada', far, 3)).toBe(3);
    });

    it('finds the items of actions in the order of their ids, and no removed ones', async () => {
      const actions = Array.from({ length: 40 }, (_, index) => `a${String(index).padStart(2, '0')}`);
      const users = ['ada', 'bob', 'cy'];
      const items = actions.flatMap((action) => users.map((user) => item(action, { user })));
      await feeds.insert(items);
      const gone = ['a03:bob', 'a20:ada'];
      await feeds.remove(gone, 200);
      // Near each other, far from each other, and not there at all.
      const wanted = ['a39', 'a03', 'a04', 'a20', 'zz', 'a0'];
      const expected = items
        .filter((each) => wanted.includes(each.action) && !gone.includes(each.id))
        .sort(byId);
      for (const limit of [1, 2, 3, 100]) {
        const found: StoredItem[] = [];
        for (let after: string | null = null; ; ) {
          const page: StoredItem[] = await feeds.ofActions(wanted, after, limit);
          found.push(...page);
          if (page.length < limit) break;
          after = page.at(-1)?.id ?? null;
        }
        expect(found).toEqual(expected);
      }
      expect(await feeds.ofActions([], null, 10)).toEqual([]);
    });

    it('drops a user, as if nothing had been', async () => {
      await feeds.insert([item('a'), item('b'), item('c'), item('a', { user: 'bob' })]);
      await feeds.remove(['b:ada'], 200);
      expect(await feeds.drop('ada', 2)).toBe(2);
      expect(await feeds.drop('ada', 2)).toBe(1);
      expect(await feeds.drop('ada', 2)).toBe(0);
      expect(await feeds.changes('ada', far, 10)).toEqual([]);
      expect(await feeds.byIds(['a:bob'])).toHaveLength(1);
    });

    it('keeps the highest floor of each user', async () => {
      expect(await feeds.floor('ada')).toBe(0);
      await feeds.raiseFloors(['ada', 'bob'], 200);
      await feeds.raiseFloors(['ada'], 100);
      await feeds.raiseFloors([], 300);
      expect([await feeds.floor('ada'), await feeds.floor('bob'), await feeds.floor('cy')]).toEqual([
        200, 200, 0,
      ]);
    });
  });
}
