/** Bus messages that are too long are split into parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredAction, StoredItem } from '../../../core/model/entities.ts';
import { groupItems, type ItemGroup, itemOf } from '../../../core/model/item-groups.ts';
import { asMillis, asPosition } from '../../../core/model/units.ts';
import type { BusMessage } from '../../../core/ports/bus.ts';
import { splitMessage } from '../../../infra/redis/split-message.ts';

const MAX_BYTES = 2_000;

const action = (id: string, length: number): StoredAction => ({
  id,
  actor: null,
  verb: 'closed',
  targets: [],
  related: [],
  level: 30,
  data: { text: 'x'.repeat(length) },
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
  version: 1,
});
const item = (of: string, user: string, position: number): StoredItem => ({
  id: `${of}:${user}`,
  user,
  action: of,
  at: asMillis(0),
  position: asPosition(position),
  deliveredPosition: asPosition(position),
  version: 1,
  unread: true,
  seen: false,
});

const lengths = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 12 });
const actionsOf = (of: readonly number[]) => of.map((length, index) => action(`a${index}`, length));
const isWithinLimit = (part: BusMessage & { actions: StoredAction[] }): boolean =>
  part.actions.length <= 1 || JSON.stringify(part.actions).length <= MAX_BYTES;

describe('a message of actions', () => {
  it('is split in order into parts that are short or hold one action', () => {
    const removedActions = fc.array(
      fc.record({ id: fc.string(), keys: fc.array(fc.string({ maxLength: 300 })) }),
    );
    fc.assert(
      fc.property(lengths, removedActions, (of, removed) => {
        const message: BusMessage = {
          kind: 'actions',
          actions: actionsOf(of),
          removed,
          position: asPosition(7),
        };
        const parts = splitMessage(message, MAX_BYTES).flatMap((part) =>
          part.kind === 'actions' ? part : [],
        );
        expect(parts.flatMap((part) => part.actions)).toEqual(message.actions);
        expect(parts.flatMap((part) => part.removed)).toEqual(removed);
        expect(parts.filter((part) => !isWithinLimit(part) || part.position !== 7)).toEqual([]);
        expect(parts.filter((part) => part.actions.length + part.removed.length === 0)).toEqual([]);
      }),
    );
  });
});

describe('a message of items', () => {
  const splitItems = (message: BusMessage) =>
    splitMessage(message, MAX_BYTES).flatMap((part) => (part.kind === 'items' ? part : []));
  const itemsIn = (groups: readonly ItemGroup[]): StoredItem[] =>
    groups.flatMap((group) => group.users.map((user) => itemOf(group, user)));

  it('is split into parts with every item once, each with its action, that are short or hold one action', () => {
    const users = fc.array(fc.constantFrom('ada', 'bob', 'cy'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lengths, users, (of, names) => {
        const actions = actionsOf(of);
        const items = [...new Set(names)].flatMap((user) =>
          actions.map(({ id }, index) => item(id, user, index)),
        );
        const parts = splitItems({ kind: 'items', groups: groupItems(items), actions });
        const sentItems = parts.flatMap((part) => itemsIn(part.groups));
        expect(new Set(sentItems)).toEqual(new Set(items));
        expect(sentItems).toHaveLength(items.length);
        for (const user of names) {
          const of = (each: StoredItem) => each.user === user;
          expect(sentItems.filter(of)).toEqual(items.filter(of));
        }
        for (const part of parts) {
          const actionIds = new Set(part.actions.map(({ id }) => id));
          expect(new Set(part.groups.map((group) => group.action))).toEqual(actionIds);
        }
        // Actions are not repeated in many parts.
        expect(parts.flatMap((part) => part.actions)).toEqual(actions);
        expect(parts.filter((part) => !isWithinLimit(part))).toEqual([]);
      }),
    );
  });

  it('repeats an action only if the users of its items do not fit in one part', () => {
    const userLengths = fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 60 });
    const states = fc.array(fc.nat(3), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lengths, userLengths, states, (of, userLengthsOf, positions) => {
        const actions = actionsOf(of);
        const items = actions.flatMap(({ id }) =>
          userLengthsOf.map((length, index) =>
            item(id, `${index}`.padEnd(length, 'x'), positions[index % positions.length] ?? 0),
          ),
        );
        const groups = groupItems(items);
        const parts = splitItems({ kind: 'items', groups, actions });
        const sentItems = parts.flatMap((part) => itemsIn(part.groups));
        expect(new Set(sentItems.map(({ id }) => id))).toEqual(new Set(items.map(({ id }) => id)));
        expect(sentItems).toHaveLength(items.length);
        for (const part of parts) {
          expect(new Set(part.groups.map((group) => group.action))).toEqual(
            new Set(part.actions.map(({ id }) => id)),
          );
          expect(JSON.stringify(part.groups).length).toBeLessThanOrEqual(MAX_BYTES);
          expect(isWithinLimit(part)).toBe(true);
        }
        for (const { id } of actions) {
          const partsOf = parts.filter((part) => part.actions.some((each) => each.id === id));
          const whole = JSON.stringify(groups.filter((group) => group.action === id));
          if (whole.length < MAX_BYTES / 2) expect(partsOf).toHaveLength(1);
        }
      }),
    );
  });
});

it('a short message is not split', () => {
  const items = [item('a0', 'ada', 1), item('a1', 'ada', 1), item('a0', 'bob', 1)];
  const message: BusMessage = {
    kind: 'items',
    groups: groupItems(items),
    actions: [action('a0', 10), action('a1', 10)],
  };
  expect(splitMessage(message, MAX_BYTES)).toEqual([message]);
  const completed: BusMessage = { kind: 'completed', ids: ['a0'] };
  expect(splitMessage(completed, 1)).toEqual([completed]);
});
