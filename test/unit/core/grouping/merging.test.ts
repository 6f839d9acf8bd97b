/** Rule 6: merging never overwrites. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ActionContent, mergeLogged, merge as mergeOf } from '../../../../core/grouping/merge.ts';
import { mergeLimits, withinMergeLimits } from '../../../../core/grouping/merge-limits.ts';
import type { LoggedAction } from '../../../../core/model/entities.ts';
import { asMillis } from '../../../../core/model/units.ts';
import type { Json } from '../../../../protocol/entities.ts';

const action = (content: Partial<ActionContent> = {}): ActionContent => ({
  id: 'a',
  actor: { type: 'user', id: 'ada' },
  verb: 'closed',
  targets: [],
  related: [],
  level: 30,
  data: {},
  timestamp: asMillis(1_000),
  updatedAt: asMillis(1_000),
  count: 1,
  notify: [],
  ...content,
});
/** The survivor was accepted last. */
const merge = (survivor: ActionContent, other: ActionContent) => mergeOf(survivor, other, false);
const issue = (id: string, more: object = {}) => ({ type: 'issue', id, ...more });
const dataOf = (own: ActionContent['data'], other: ActionContent['data']) =>
  merge(action({ data: own }), action({ data: other })).data;

describe('an action that absorbs another', () => {
  it('keeps its id, verb and timestamp, and moves to the later of the two', () => {
    const survivor = action({ timestamp: asMillis(2_000), updatedAt: asMillis(2_000) });
    const older = action({ id: 'b', verb: 'opened', timestamp: asMillis(1_000), updatedAt: asMillis(5_000) });
    expect(merge(survivor, older)).toEqual({ ...survivor, updatedAt: 5_000, count: 2 });
    expect(merge(older, survivor)).toEqual({ ...older, updatedAt: 5_000, count: 2 });
  });

  it('has the objects and users of both, its own first and each once', () => {
    const merged = merge(
      action({ targets: [issue('1'), issue('2')], notify: ['bob'] }),
      action({ targets: [issue('2'), issue('3')], related: [issue('4')], notify: ['cy', 'bob'] }),
    );
    expect(merged.targets).toEqual([issue('1'), issue('2'), issue('3')]);
    expect(merged.related).toEqual([issue('4')]);
    expect(merged.notify).toEqual(['bob', 'cy']);
  });

  it('takes only missing fields of an object that it already has', () => {
    const merged = merge(
      action({ actor: { type: 'user', id: 'ada' }, targets: [issue('1', { name: 'Login' })] }),
      action({
        actor: { type: 'user', id: 'ada', name: 'Ada' },
        targets: [issue('1', { name: 'Sign in', url: '/1' })],
      }),
    );
    expect(merged.actor).toEqual({ type: 'user', id: 'ada', name: 'Ada' });
    expect(merged.targets).toEqual([issue('1', { name: 'Login', url: '/1' })]);
  });

  it('keeps showing the tombstone of a deleted object', () => {
    const deleted = { deleted: true as const, description: 'the late 1', serialization: null };
    const alive = action({ targets: [issue('1')] });
    const tombstone = action({ targets: [issue('1', deleted)] });
    expect(merge(alive, tombstone).targets).toEqual([issue('1', deleted)]);
    expect(merge(tombstone, alive).targets).toEqual([issue('1', deleted)]);
  });

  it('takes the higher level and adds the counts up', () => {
    const [low, high] = [action({ level: 10, count: 3 }), action({ level: 40, count: 4 })];
    expect(merge(low, high)).toMatchObject({ level: 40, count: 7 });
    expect(merge(high, low)).toMatchObject({ level: 40, count: 7 });
  });

  it('takes the grouping delay of the other if it has none', () => {
    const without: LoggedAction = action();
    const five: LoggedAction = { ...without, groupingDelay: 5 };
    expect(mergeLogged(without, five, false).groupingDelay).toBe(5);
    expect(mergeLogged({ ...without, groupingDelay: -1 }, five, false).groupingDelay).toBe(-1);
  });

  it('shows the body, link and buttons of the one that was accepted last, even if it has none', () => {
    const shown = { body: 'Please look', url: '/1', buttons: [{ id: 'ok', label: 'OK' }] };
    const [full, empty] = [action(shown), action({ id: 'b', timestamp: asMillis(9_000) })];
    expect(mergeOf(full, empty, false)).toMatchObject(shown);
    expect(mergeOf(empty, full, true)).toMatchObject(shown);
    const unset = { body: undefined, url: undefined, buttons: undefined };
    expect(mergeOf(full, empty, true)).toMatchObject(unset);
    expect(mergeOf(empty, full, false)).toMatchObject(unset);
  });

  it('changes neither of the two', () => {
    const own = action({ targets: [issue('1')], data: { list: [1], deep: { x: 1 } } });
    const other = action({ targets: [issue('2')], data: { list: [2], deep: { y: 2 } } });
    const before = structuredClone([own, other]);
    merge(own, other);
    expect([own, other]).toEqual(before);
  });
});

describe('data', () => {
  it('keeps its scalars, also null, and takes the names that it lacks', () => {
    expect(dataOf({ x: 1, y: null, z: 'own' }, { x: 2, y: 2, w: 3 })).toEqual({
      x: 1,
      y: null,
      z: 'own',
      w: 3,
    });
  });

  it('unites lists by the content of their entries, however deep', () => {
    expect(dataOf({ list: [1, { a: [1] }, 1] }, { list: [{ a: [1] }, '1', { a: [2] }, '1'] })).toEqual({
      list: [1, { a: [1] }, 1, '1', { a: [2] }],
    });
  });

  it('contains entries that are equal as JSON once, whatever the order of their fields', () => {
    const json = fc.jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value)));
    const turned = (value: Json): Json =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value;
    fc.assert(
      fc.property(fc.array(json), fc.array(json), (own, more) => {
        const other = [...more, ...own.slice(1).map(turned)];
        const united = [...own];
        for (const entry of other) {
          if (!united.some((each) => isDeepStrictEqual(each, entry))) united.push(entry);
        }
        expect(dataOf({ list: own }, { list: other })).toEqual({ list: united });
      }),
    );
  });

  it('may contain long lists of objects, without comparing all pairs of entries', () => {
    const list = (from: number) => Array.from({ length: 6_000 }, (_, index) => ({ n: from + index }));
    expect(dataOf({ list: list(0) }, { list: list(3_000) })).toEqual({
      list: Array.from({ length: 9_000 }, (_, n) => ({ n })),
    });
  }, 10_000);

  it('merges objects deeply, and keeps its own where only one of two is an object or a list', () => {
    expect(
      dataOf(
        { o: { x: 1, l: ['a'], p: {} }, s: 1, l: [] },
        { o: { x: 2, l: ['b'], p: { q: 0 } }, s: {}, l: {} },
      ),
    ).toEqual({ o: { x: 1, l: ['a', 'b'], p: { q: 0 } }, s: 1, l: [] });
  });

  it('may have names that are special in JavaScript', () => {
    const own = JSON.parse('{"__proto__": {"x": 1}, "constructor": [1]}');
    const other = JSON.parse('{"__proto__": {"y": 2}, "constructor": [2], "toString": 3}');
    expect(JSON.stringify(dataOf(own, other))).toBe(
      '{"__proto__":{"x":1,"y":2},"constructor":[1,2],"toString":3}',
    );
    expect(Object.prototype).not.toHaveProperty('y');
  });

  it('named level or count is only data', () => {
    expect(dataOf({ level: 1, count: 1 }, { level: 2, count: 2 })).toEqual({ level: 1, count: 1 });
  });
});

describe('the limits of a merged action', () => {
  const refs = (count: number) => Array.from({ length: count }, (_, index) => issue(String(index)));

  it('apply to its numbers of objects and users', () => {
    const { refs: max, notify, data } = mergeLimits;
    expect(withinMergeLimits(action({ targets: refs(max - 1) }), action({ related: [issue('x')] }))).toBe(
      true,
    );
    expect(withinMergeLimits(action({ targets: refs(max) }), action({ related: [issue('x')] }))).toBe(false);
    const users = Array.from({ length: notify }, (_, index) => `user${index}`);
    expect(withinMergeLimits(action({ notify: users }), action())).toBe(true);
    expect(withinMergeLimits(action({ notify: users }), action({ notify: ['one more'] }))).toBe(false);
    const text = 'x'.repeat(data - '{"text":""}'.length);
    expect(withinMergeLimits(action({ data: { text } }), action())).toBe(true);
    expect(withinMergeLimits(action({ data: { text } }), action({ data: { one: 'more' } }))).toBe(false);
  });

  it('apply to all of its text, including display fields and tombstones', () => {
    const half = 'x'.repeat(mergeLimits.content / 2);
    const longAction = action({ targets: [issue('1', { url: half })] });
    const left = { deleted: true as const, description: 'gone', serialization: half };
    expect(withinMergeLimits(longAction, action({ related: refs(10) }))).toBe(true);
    expect(withinMergeLimits(longAction, action({ related: [issue('2', { image: half })] }))).toBe(false);
    expect(withinMergeLimits(longAction, action({ related: [issue('2', left)] }))).toBe(false);
    expect(withinMergeLimits(longAction, action({ notify: [half] }))).toBe(false);
  });
});
