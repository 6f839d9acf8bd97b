/** Items of one action in one state form a group, which names each user once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredItem } from '../../../../core/model/entities.ts';
import { groupItems, type ItemGroup, itemOf } from '../../../../core/model/item-groups.ts';
import { itemId } from '../../../../core/model/keys.ts';
import { asMillis, asPosition } from '../../../../core/model/units.ts';

const item = (action: string, user: string, state: Partial<StoredItem> = {}): StoredItem => ({
  id: itemId(action, user),
  user,
  action,
  at: asMillis(0),
  position: asPosition(2),
  deliveredPosition: asPosition(1),
  version: 1,
  unread: true,
  seen: false,
  ...state,
});
const itemsIn = (groups: readonly ItemGroup[]): StoredItem[] =>
  groups.flatMap((group) => group.users.map((user) => itemOf(group, user)));
const byId = (items: readonly StoredItem[]): StoredItem[] =>
  items.toSorted((left, right) => (left.id < right.id ? -1 : 1));
/** What the items of one group have in common, as a string. */
const stateOf = ({ id, user, ...state }: StoredItem): string => JSON.stringify(state);

const few = fc.nat(1);
const items = fc
  .uniqueArray(
    fc.record({
      action: fc.constantFrom('a', 'b', 'c'),
      user: fc.constantFrom('ada', 'bob', 'cy', 'dan', 'eve'),
      at: few.map(asMillis),
      position: few.map(asPosition),
      deliveredPosition: few.map(asPosition),
      version: few,
      unread: fc.boolean(),
      seen: fc.boolean(),
    }),
    { selector: ({ action, user }) => itemId(action, user) },
  )
  .map((all) => all.map(({ action, user, ...state }) => item(action, user, state)));

describe('the groups of items', () => {
  it('hold every item once', () => {
    fc.assert(
      fc.property(items, (all) => {
        expect(byId(itemsIn(groupItems(all)))).toEqual(byId(all));
      }),
    );
  });

  it('are as few as the states of actions, in the order of their first items', () => {
    fc.assert(
      fc.property(items, (all) => {
        const inOrder = [...new Set(all.map(stateOf))];
        const grouped = inOrder.map((state) => all.filter((each) => stateOf(each) === state));
        expect(groupItems(all).map((group) => itemsIn([group]))).toEqual(grouped);
      }),
    );
  });

  it('do not depend on which items are neighbors', () => {
    const [first, second] = [item('a', 'ada'), item('b', 'ada')];
    expect(groupItems([first, second, item('a', 'bob'), item('b', 'bob')])).toMatchObject([
      { action: 'a', users: ['ada', 'bob'] },
      { action: 'b', users: ['ada', 'bob'] },
    ]);
  });

  it.each([
    { at: asMillis(9) },
    { position: asPosition(9) },
    { deliveredPosition: asPosition(9) },
    { version: 9 },
    { unread: false },
    { seen: true },
  ])('are two if items differ in %o', (state) => {
    expect(groupItems([item('a', 'ada'), item('a', 'bob', state)])).toMatchObject([
      { users: ['ada'] },
      { users: ['bob'], ...state },
    ]);
  });
});
