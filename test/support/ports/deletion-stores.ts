/** Tests of deletion that every action store and object store must pass, in memory and in MongoDB. */
import { describe, expect, it } from 'vitest';
import type { DeletedObject, StoredAction } from '../../../core/model/entities.ts';
import { asMillis, asPosition } from '../../../core/model/units.ts';
import type { ActionStore } from '../../../core/ports/actions.ts';
import type { ObjectStore } from '../../../core/ports/objects.ts';

const objectOf = (more: Partial<DeletedObject> = {}): DeletedObject => ({
  key: 'project:p1',
  ref: { type: 'project', id: 'p1', name: 'Website' },
  actions: 'keep',
  description: 'gone',
  serialization: { 'a.b': [1, null], $set: 'x' },
  position: asPosition(1_000),
  ...more,
});

const website = { type: 'project', id: 'p1', name: 'Website' };
const issue = { type: 'issue', id: '7', name: 'Fix login' };

export function describeObjectStore(name: string, createStore: () => Promise<ObjectStore>): void {
  describe(name, () => {
    it('keeps the first deletion, except that delete overrides keep', async () => {
      const store = await createStore();
      const first = objectOf();
      expect(await store.delete(first)).toEqual(first);
      const other = objectOf({ description: 'other', serialization: 1, position: asPosition(2_000) });
      expect(await store.delete(other)).toEqual(first);
      const deletedWithActions = { ...first, actions: 'delete' as const, position: 2_000 };
      expect(await store.delete({ ...other, actions: 'delete' })).toEqual(deletedWithActions);
      for (const actions of ['keep', 'delete'] as const) {
        expect(await store.delete({ ...other, actions, position: asPosition(3_000) })).toEqual(
          deletedWithActions,
        );
      }
      expect(await store.deleted(['project:p1'])).toEqual(new Map([['project:p1', deletedWithActions]]));
    });

    it('lets exactly one of many concurrent deletions win', async () => {
      const store = await createStore();
      const results = await Promise.all(
        ['a', 'b', 'c', 'd'].map((description) => store.delete(objectOf({ description }))),
      );
      expect(new Set(results.map((each) => each.description)).size).toBe(1);
    });

    it('finds the deleted ones among many keys', async () => {
      const store = await createStore();
      await store.delete(objectOf());
      const keys = Array.from({ length: 2_500 }, (_, index) => `issue:${index}`);
      expect([...(await store.deleted([...keys, 'project:p1'])).keys()]).toEqual(['project:p1']);
      expect(await store.deleted([])).toEqual(new Map());
    });

    it('replaces the display of an object as a whole, and removes it', async () => {
      const store = await createStore();
      expect(await store.hasDisplays()).toBe(false);
      await store.setDisplays([{ ...website, url: '/p1', image: '/p1.png' }, issue]);
      expect(await store.displays(['project:p1', 'issue:7', 'issue:8'])).toEqual(
        new Map([
          ['project:p1', { name: 'Website', url: '/p1', image: '/p1.png' }],
          ['issue:7', { name: 'Fix login' }],
        ]),
      );
      await store.setDisplays([{ ...website, name: 'Shop' }]);
      expect(await store.displays(['project:p1'])).toEqual(new Map([['project:p1', { name: 'Shop' }]]));
      expect(await store.hasDisplays()).toBe(true);
      await store.setDisplays([
        { type: 'project', id: 'p1' },
        { type: 'issue', id: '7' },
        { type: 'issue', id: '8' },
      ]);
      expect(await store.displays(['project:p1', 'issue:7'])).toEqual(new Map());
      expect(await store.hasDisplays()).toBe(false);
    });

    it('does not confuse registered and deleted objects', async () => {
      const store = await createStore();
      await store.setDisplays([website, issue]);
      expect(await store.deleted(['project:p1', 'issue:7'])).toEqual(new Map());
      expect(await store.keysByType('project', { limit: 10 })).toEqual([]);
      const deletion = objectOf();
      expect(await store.delete(deletion)).toEqual(deletion);
      expect(await store.deleted(['project:p1', 'issue:7'])).toEqual(new Map([['project:p1', deletion]]));
      expect(await store.keysByType('project', { limit: 10 })).toEqual(['project:p1']);
    });

    it('keeps the display of a deleted object as it was, unless it is removed', async () => {
      const store = await createStore();
      await store.setDisplays([website, issue]);
      await store.delete(objectOf());
      await store.delete(objectOf({ key: 'issue:7', ref: issue }), true);
      await store.setDisplays([
        { ...website, name: 'Shop' },
        { ...issue, name: 'Other' },
      ]);
      expect(await store.displays(['project:p1', 'issue:7'])).toEqual(
        new Map([['project:p1', { name: 'Website' }]]),
      );
      await store.setDisplays([{ type: 'project', id: 'p1' }]);
      expect((await store.displays(['project:p1'])).size).toBe(1);
    });

    it('registers many objects, also those that others register or delete at the same time', async () => {
      const store = await createStore();
      const refs = Array.from({ length: 1_000 }, (_, index) => ({
        type: 'issue',
        id: String(index),
        name: 'a',
      }));
      const deletion = objectOf({ key: 'issue:7', ref: issue });
      await Promise.all([
        store.setDisplays(refs),
        store.setDisplays(refs.map((ref) => ({ ...ref, name: 'b' }))),
        store.delete(deletion, true),
        store.setDisplays(refs.slice(0, 20)),
      ]);
      const displays = await store.displays(refs.map(({ id }) => `issue:${id}`));
      expect(displays.size).toBe(999);
      for (const { name } of displays.values()) expect(['a', 'b']).toContain(name);
      expect(displays.has('issue:7')).toBe(false);
      expect(await store.deleted(['issue:7'])).toEqual(new Map([['issue:7', deletion]]));
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
  timestamp: asMillis(1_000),
  updatedAt: asMillis(1_000),
  count: 1,
  notify: [],
  version: 10,
  ...more,
});
const tombstone = { deleted: true as const, description: 'gone', serialization: objectOf().serialization };

export function describeActionDeletion(name: string, createStore: () => Promise<ActionStore>): void {
  describe(name, () => {
    it('deletes stored and unresolved actions, but no merged ones', async () => {
      const store = await createStore();
      const merged = { id: 'b', into: 'c', outcome: 'grouped' as const };
      const actions = [actionOf('a'), merged, actionOf('c')];
      await store.insertInOrder(actions, asPosition(5));
      expect(await store.deleteMany(['a', 'b', 'new', 'a'], asPosition(7))).toEqual([actionOf('a')]);
      const resolutions = await store.resolutions(['a', 'b', 'c', 'new']);
      expect(resolutions.get('a')).toEqual({ kind: 'gone', id: 'a' });
      expect(resolutions.get('b')).toEqual({ kind: 'merged', merged });
      expect(resolutions.get('c')).toEqual({ kind: 'action', action: actionOf('c') });
      expect(resolutions.get('new')).toEqual({ kind: 'gone', id: 'new' });
      expect(await store.find({ key: 'project:p1', limit: 10 })).toEqual([actionOf('c')]);
      expect(await store.goneSince('issue:1', asPosition(6), 10)).toEqual(['a']);
      expect(await store.goneSince('issue', asPosition(7), 10)).toEqual([]);
    });

    it('prevents deleted actions from returning', async () => {
      const store = await createStore();
      await store.insertInOrder([actionOf('a')], asPosition(5));
      await store.deleteMany(['a', 'new'], asPosition(7));
      expect(await store.deleteMany(['a', 'new'], asPosition(9))).toEqual([]);
      expect(await store.insertInOrder([actionOf('new')], asPosition(8))).toBe(0);
      expect(await store.replace(actionOf('a', { version: 11 }), 10, asPosition(8))).toBe(false);
      await store.writeTombstone(['a', 'new'], objectOf(), asPosition(8));
      expect((await store.byIds(['a', 'new'])).size).toBe(0);
      expect(await store.goneSince('project:p1', asPosition(7), 10)).toEqual([]);
    });

    it('writes tombstones in every role, and for two objects deleted at once', async () => {
      const store = await createStore();
      const other = objectOf({ key: 'project:p2', ref: { type: 'project', id: 'p2' }, description: 'too' });
      await store.insertInOrder(
        [actionOf('a'), actionOf('b', { actor: project, targets: [], related: [] }), actionOf('c')],
        asPosition(5),
      );
      await Promise.all([
        store.writeTombstone(['a', 'b', 'none'], objectOf(), asPosition(7)),
        store.writeTombstone(['a'], other, asPosition(6)),
      ]);
      const now = await store.byIds(['a', 'b', 'c']);
      expect(now.get('a')).toEqual(
        actionOf('a', {
          targets: [
            { ...project, ...tombstone },
            { type: 'issue', id: '1' },
          ],
          related: [{ type: 'project', id: 'p2', ...tombstone, description: 'too' }],
        }),
      );
      expect(now.get('b')?.actor).toEqual({ ...project, ...tombstone });
      expect(now.get('c')).toEqual(actionOf('c'));
      const changed = await store.changedSince('project:p1', asPosition(6), 10);
      expect(changed.map((action) => action.id).sort()).toEqual(['a', 'b']);
    });

    it('removes users from notify and keeps the others', async () => {
      const store = await createStore();
      await store.insertInOrder(
        [actionOf('a', { notify: ['ada', 'bob'] }), actionOf('b', { notify: ['ada'] }), actionOf('c')],
        asPosition(5),
      );
      await store.removeFromNotify(['a', 'b', 'c'], ['ada', 'cy']);
      const now = await store.byIds(['a', 'b', 'c']);
      expect(['a', 'b', 'c'].map((id) => now.get(id)?.notify)).toEqual([['bob'], [], []]);
    });
  });
}
