import { describe, expect, it } from 'vitest';
import { findEligibility } from '../../../../../core/feed/write/eligibility.ts';
import type { StoredAction } from '../../../../../core/model/entities.ts';
import { asMillis, asPosition } from '../../../../../core/model/units.ts';
import { MemoryHub, SPACE } from '../../../../support/memory/hub.ts';
import { actionOf, follow } from '../../../../support/model/fixtures.ts';

async function hubWith(settings: ConstructorParameters<typeof MemoryHub>[0] = {}) {
  const hub = new MemoryHub(settings);
  await follow(hub, 'ada', asMillis(hub.time.now() - 1_000));
  return hub;
}

const spaceContextOf = ({ stores }: MemoryHub) => ({ space: SPACE, stores });

/** The drafts of eligible items, by action. */
async function eligibleItems(hub: MemoryHub, ...actions: StoredAction[]) {
  const pairs = actions.map((action) => ({ action, user: 'ada' }));
  const found = await findEligibility(hub.deps, spaceContextOf(hub), pairs);
  const drafts = [...found].map(([id, each]) => [
    id.replace(':ada', ''),
    each === null || each === 'undetermined' ? each : each.draft,
  ]);
  return Object.fromEntries(drafts);
}

describe('eligibility', () => {
  it('follows trackers, levels and notify, unread from the tracker’s since on', async () => {
    const hub = await hubWith();
    const now = hub.time.now();
    const at = (ago: number) => ({
      timestamp: asMillis(now - ago),
      updatedAt: asMillis(now - ago),
    });
    const other = { actor: { type: 'project', id: 'p2' } };
    const found = await eligibleItems(
      hub,
      actionOf(hub, 'new', at(1_000)),
      actionOf(hub, 'old', at(1_001)),
      actionOf(hub, 'low', { level: 29 }),
      actionOf(hub, 'other', other),
      actionOf(hub, 'named', { ...other, ...at(5_000), notify: ['ada'], version: 7 }),
      actionOf(hub, 'target', { ...other, targets: [{ type: 'project', id: 'p1' }] }),
    );
    const draft = { user: 'ada', version: 1 };
    expect(found).toEqual({
      new: { ...draft, id: 'new:ada', action: 'new', at: now - 1_000, unread: true, seen: false },
      old: { ...draft, id: 'old:ada', action: 'old', at: now - 1_001, unread: false, seen: true },
      low: null,
      other: null,
      named: {
        ...draft,
        ...{ id: 'named:ada', action: 'named', at: now - 5_000, version: 7, unread: true, seen: false },
      },
      target: null,
    });
  });

  it('takes the time of an action from the regroup setting', async () => {
    const merged = (hub: MemoryHub) =>
      actionOf(hub, 'a', { timestamp: asMillis(hub.time.now() - 5_000), updatedAt: hub.time.now() });
    const bump = await hubWith();
    expect(await eligibleItems(bump, merged(bump))).toMatchObject({
      a: { at: bump.time.now(), unread: true },
    });
    const keep = await hubWith({ settings: { regroup: 'keep' } });
    expect(await eligibleItems(keep, merged(keep))).toMatchObject({
      a: { at: keep.time.now() - 5_000, unread: false },
    });
  });

  it.each([
    ['hide', null],
    ['read', { unread: false, seen: true }],
    ['unread', { unread: true, seen: false }],
  ] as const)('of own actions follows `ownActions: %s`', async (ownActions, expected) => {
    const hub = new MemoryHub({ settings: { ownActions } });
    const own = actionOf(hub, 'own', { actor: { type: 'user', id: 'ada' }, notify: ['ada'] });
    const { own: found } = await eligibleItems(hub, own);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toMatchObject(expected);
  });

  it('calls `visible` once per action, with the eligible users only', async () => {
    const visibleCalls: Array<[string, readonly string[]]> = [];
    const hub = await hubWith({
      settings: {
        visible: ({ id }, users) => {
          visibleCalls.push([id, users]);
          return users.filter((user) => id === 'a' || user === 'bob');
        },
      },
    });
    await follow(hub, 'bob');
    const pairs = ['a', 'b'].flatMap((id) =>
      ['ada', 'bob', 'cy'].map((user) => ({ action: actionOf(hub, id), user })),
    );
    const found = await findEligibility(hub.deps, spaceContextOf(hub), pairs);
    expect([...found].flatMap(([id, draft]) => (draft ? [id] : []))).toEqual(['a:ada', 'a:bob', 'b:bob']);
    expect(visibleCalls).toEqual([
      ['a', ['ada', 'bob']],
      ['b', ['ada', 'bob']],
    ]);
  });

  it('excludes deleted users, no matter who names them', async () => {
    const hub = await hubWith();
    const ref = { type: 'user', id: 'ada' };
    await hub.stores.objects.delete({
      ...{
        key: 'user:ada',
        ref,
        actions: 'keep',
        description: '',
        serialization: {},
        position: asPosition(1),
      },
    });
    expect(await eligibleItems(hub, actionOf(hub, 'a', { notify: ['ada'] }))).toEqual({ a: null });
  });
});
