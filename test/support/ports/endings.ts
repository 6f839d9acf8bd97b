/** What stores must do where actions and objects end, in a database as in memory. */
import { describe, expect, it } from 'vitest';
import type { DeletedObject, StoredAction } from '../../../core/model.ts';
import type { ActionStore, ObjectStore } from '../../../core/ports/stores.ts';

const objectOf = (more: Partial<DeletedObject> = {}): DeletedObject => ({
  key: 'project:p1',
  ref: { type: 'project', id: 'p1', name: 'Website' },
  actions: 'keep',
  description: 'gone',
  serialization: { 'a.b': [1, null], $set: 'x' },
  pos: 1_000,
  ...more,
});

export function isObjectStore(what: string, make: () => Promise<ObjectStore>): void {
  describe(what, () => {
    it('keeps the first deletion, but that delete goes over keep', async () => {
      const store = await make();
      const first = objectOf();
      expect(await store.delete(first)).toEqual(first);
      const other = objectOf({ description: 'other', serialization: 1, pos: 2_000 });
      expect(await store.delete(other)).toEqual(first);
      const gone = { ...first, actions: 'delete' as const, pos: 2_000 };
      expect(await store.delete({ ...other, actions: 'delete' })).toEqual(gone);
      for (const actions of ['keep', 'delete'] as const) {
        expect(await store.delete({ ...other, actions, pos: 3_000 })).toEqual(gone);
      }
      expect(await store.deleted(['project:p1'])).toEqual(new Map([['project:p1', gone]]));
    });

    it('decides for one of many who delete at once', async () => {
      const store = await make();
      const said = await Promise.all(
        ['a', 'b', 'c', 'd'].map((description) => store.delete(objectOf({ description }))),
      );
      expect(new Set(said.map((each) => each.description)).size).toBe(1);
    });

    it('finds those of many keys that were deleted', async () => {
      const store = await make();
      await store.delete(objectOf());
      const keys = Array.from({ length: 2_500 }, (_, index) => `issue:${index}`);
      expect([...(await store.deleted([...keys, 'project:p1'])).keys()]).toEqual(['project:p1']);
      expect(await store.deleted([])).toEqual(new Map());
    });
  });
}

const project = { type: 'project', id: 'p1', name: 'Website' };
const actionOf = (id: string, more: Partial<StoredAction> = {}): StoredAction => ({
  id,
  actor: { type: 'user', id: 'bob' },
  verb: 'wrote',
  targets: [project, { type: 'issue', id: '1' }],
  related: [{ type: 'project', id: 'p2' }],
  level: 30,
  data: {},
  timestamp: 1_000,
  updatedAt: 1_000,
  count: 1,
  notify: [],
  rev: 10,
  ...more,
});
const left = { deleted: true as const, description: 'gone', serialization: objectOf().serialization };

export function endsActions(what: string, make: () => Promise<ActionStore>): void {
  describe(what, () => {
    it('buries what stands and what is not decided yet, and nothing that was merged', async () => {
      const store = await make();
      const merged = { id: 'b', into: 'c', outcome: 'grouped' as const };
      const actions = [actionOf('a'), merged, actionOf('c')];
      await store.insertInOrder(actions, 5);
      expect(await store.bury(['a', 'b', 'new', 'a'], 7)).toEqual([actionOf('a')]);
      const decisions = await store.decisions(['a', 'b', 'c', 'new']);
      expect(decisions.get('a')).toEqual({ kind: 'gone', id: 'a' });
      expect(decisions.get('b')).toEqual({ kind: 'merged', merged });
      expect(decisions.get('c')).toEqual({ kind: 'action', action: actionOf('c') });
      expect(decisions.get('new')).toEqual({ kind: 'gone', id: 'new' });
      expect(await store.find({ key: 'project:p1', limit: 10 })).toEqual([actionOf('c')]);
      expect(await store.goneSince('issue:1', 6, 10)).toEqual(['a']);
      expect(await store.goneSince('issue', 7, 10)).toEqual([]);
    });

    it('lets nothing back in', async () => {
      const store = await make();
      await store.insertInOrder([actionOf('a')], 5);
      await store.bury(['a', 'new'], 7);
      expect(await store.bury(['a', 'new'], 9)).toEqual([]);
      expect(await store.insertInOrder([actionOf('new')], 8)).toBe(0);
      expect(await store.replace(actionOf('a', { rev: 11 }), 10, 8)).toBe(false);
      await store.showDeleted(['a', 'new'], objectOf(), 8);
      expect((await store.byIds(['a', 'new'])).size).toBe(0);
      expect(await store.goneSince('project:p1', 7, 10)).toEqual([]);
    });

    it('shows what is left of an object in every role, and of two objects that end at once', async () => {
      const store = await make();
      const other = objectOf({ key: 'project:p2', ref: { type: 'project', id: 'p2' }, description: 'too' });
      await store.insertInOrder(
        [actionOf('a'), actionOf('b', { actor: project, targets: [], related: [] }), actionOf('c')],
        5,
      );
      await Promise.all([
        store.showDeleted(['a', 'b', 'none'], objectOf(), 7),
        store.showDeleted(['a'], other, 6),
      ]);
      const now = await store.byIds(['a', 'b', 'c']);
      expect(now.get('a')).toEqual(
        actionOf('a', {
          targets: [
            { ...project, ...left },
            { type: 'issue', id: '1' },
          ],
          related: [{ type: 'project', id: 'p2', ...left, description: 'too' }],
        }),
      );
      expect(now.get('b')?.actor).toEqual({ ...project, ...left });
      expect(now.get('c')).toEqual(actionOf('c'));
      const changed = await store.changedSince('project:p1', 6, 10);
      expect(changed.map((action) => action.id).sort()).toEqual(['a', 'b']);
    });

    it('takes users out of notify, and leaves the others', async () => {
      const store = await make();
      await store.insertInOrder(
        [actionOf('a', { notify: ['ada', 'bob'] }), actionOf('b', { notify: ['ada'] }), actionOf('c')],
        5,
      );
      await store.forgetUsers(['a', 'b', 'c'], ['ada', 'cy']);
      const now = await store.byIds(['a', 'b', 'c']);
      expect(['a', 'b', 'c'].map((id) => now.get(id)?.notify)).toEqual([['bob'], [], []]);
    });
  });
}
