import { describe, expect, it } from 'vitest';
import { membership, memberships } from '../../../core/feed/membership.ts';
import type { StoredAction } from '../../../core/model.ts';
import { MemoryHub, SPACE } from '../../support/memory/hub.ts';
import { actionOf, follow } from '../../support/model/written.ts';

async function hubWith(settings: ConstructorParameters<typeof MemoryHub>[0] = {}) {
  const hub = new MemoryHub(settings);
  await follow(hub, 'ada', hub.time.now() - 1_000);
  return hub;
}

const placeOf = ({ stores }: MemoryHub) => ({ space: SPACE, stores });

/** As items arrive, by action. */
async function of(hub: MemoryHub, ...actions: StoredAction[]) {
  const found = await membership(hub.deps, placeOf(hub), 'ada', actions);
  const arrivals = [...found].map(([id, each]) => [
    id,
    each === null || each === 'unknown' ? each : each.arrival,
  ]);
  return Object.fromEntries(arrivals);
}

describe('membership', () => {
  it('is what trackers, levels and notify say, unread from the moment a tracker counts', async () => {
    const hub = await hubWith();
    const now = hub.time.now();
    const at = (ago: number) => ({ timestamp: now - ago, updatedAt: now - ago });
    const other = { actor: { type: 'project', id: 'p2' } };
    const found = await of(
      hub,
      actionOf(hub, 'new', at(1_000)),
      actionOf(hub, 'old', at(1_001)),
      actionOf(hub, 'low', { level: 29 }),
      actionOf(hub, 'other', other),
      actionOf(hub, 'named', { ...other, ...at(5_000), notify: ['ada'], rev: 7 }),
      actionOf(hub, 'target', { ...other, targets: [{ type: 'project', id: 'p1' }] }),
    );
    const arrival = { user: 'ada', rev: 1 };
    expect(found).toEqual({
      new: { ...arrival, id: 'new:ada', action: 'new', at: now - 1_000, unread: true, seen: false },
      old: { ...arrival, id: 'old:ada', action: 'old', at: now - 1_001, unread: false, seen: true },
      low: null,
      other: null,
      named: {
        ...arrival,
        ...{ id: 'named:ada', action: 'named', at: now - 5_000, rev: 7, unread: true, seen: false },
      },
      target: null,
    });
  });

  it('takes the place of an action by what regrouping does', async () => {
    const merged = (hub: MemoryHub) =>
      actionOf(hub, 'a', { timestamp: hub.time.now() - 5_000, updatedAt: hub.time.now() });
    const bump = await hubWith();
    expect(await of(bump, merged(bump))).toMatchObject({ a: { at: bump.time.now(), unread: true } });
    const keep = await hubWith({ settings: { regroup: 'keep' } });
    expect(await of(keep, merged(keep))).toMatchObject({ a: { at: keep.time.now() - 5_000, unread: false } });
  });

  it.each([
    ['hide', null],
    ['read', { unread: false, seen: true }],
    ['unread', { unread: true, seen: false }],
  ] as const)('of own actions is as `ownActions: %s` says', async (ownActions, expected) => {
    const hub = new MemoryHub({ settings: { ownActions } });
    const own = actionOf(hub, 'own', { actor: { type: 'user', id: 'ada' }, notify: ['ada'] });
    const { own: found } = await of(hub, own);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected);
  });

  it('asks `visible` once for each action, of those alone who would have it', async () => {
    const asked: Array<[string, readonly string[]]> = [];
    const hub = await hubWith({
      settings: {
        visible: ({ id }, users) => {
          asked.push([id, users]);
          return users.filter((user) => id === 'a' || user === 'bob');
        },
      },
    });
    await follow(hub, 'bob');
    const pairs = ['a', 'b'].flatMap((id) =>
      ['ada', 'bob', 'cy'].map((user) => ({ action: actionOf(hub, id), user })),
    );
    const found = await memberships(hub.deps, placeOf(hub), pairs);
    expect([...found].flatMap(([id, arrival]) => (arrival ? [id] : []))).toEqual(['a:ada', 'a:bob', 'b:bob']);
    expect(asked).toEqual([
      ['a', ['ada', 'bob']],
      ['b', ['ada', 'bob']],
    ]);
  });

  it('is none of a deleted user, whoever names it', async () => {
    const hub = await hubWith();
    const ref = { type: 'user', id: 'ada' };
    await hub.stores.objects.delete({
      ...{ key: 'user:ada', ref, actions: 'keep', description: '', serialization: {}, pos: 1 },
    });
    expect(await of(hub, actionOf(hub, 'a', { notify: ['ada'] }))).toEqual({ a: null });
  });
});
