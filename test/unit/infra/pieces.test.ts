/** Messages between processes that are too long for one are told in pieces. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredAction, StoredItem } from '../../../core/model.ts';
import type { BusMessage } from '../../../core/ports/bus.ts';
import { piecesOf } from '../../../infra/redis/pieces.ts';

const MOST = 2_000;

const action = (id: string, length: number): StoredAction => ({
  id,
  actor: null,
  verb: 'closed',
  targets: [],
  related: [],
  level: 30,
  data: { text: 'x'.repeat(length) },
  timestamp: 0,
  updatedAt: 0,
  count: 1,
  notify: [],
  rev: 1,
});
const item = (of: string, user: string, pos: number): StoredItem => ({
  id: `${of}:${user}`,
  user,
  action: of,
  at: 0,
  pos,
  entered: pos,
  rev: 1,
  unread: true,
  seen: false,
});

const lengths = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 12 });
const actionsOf = (of: readonly number[]) => of.map((length, index) => action(`a${index}`, length));
const isShort = (piece: BusMessage & { actions: StoredAction[] }): boolean =>
  piece.actions.length <= 1 || JSON.stringify(piece.actions).length <= MOST;

describe('a message of actions', () => {
  it('is told in order, in pieces that are short or hold one action', () => {
    const gone = fc.array(fc.record({ id: fc.string(), keys: fc.array(fc.string({ maxLength: 300 })) }));
    fc.assert(
      fc.property(lengths, gone, (of, removed) => {
        const message: BusMessage = { kind: 'actions', actions: actionsOf(of), removed, pos: 7 };
        const pieces = piecesOf(message, MOST).flatMap((piece) => (piece.kind === 'actions' ? piece : []));
        expect(pieces.flatMap((piece) => piece.actions)).toEqual(message.actions);
        expect(pieces.flatMap((piece) => piece.removed)).toEqual(removed);
        expect(pieces.filter((piece) => !isShort(piece) || piece.pos !== 7)).toEqual([]);
        expect(pieces.filter((piece) => piece.actions.length + piece.removed.length === 0)).toEqual([]);
      }),
    );
  });
});

describe('a message of items', () => {
  it('tells of every item once, with what it shows, in pieces that are short or show one action', () => {
    const users = fc.array(fc.constantFrom('ada', 'bob', 'cy'), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lengths, users, (of, names) => {
        const actions = actionsOf(of);
        const items = [...new Set(names)].flatMap((user) =>
          actions.map(({ id }, index) => item(id, user, index)),
        );
        const pieces = piecesOf({ kind: 'items', items, actions }, MOST).flatMap((piece) =>
          piece.kind === 'items' ? piece : [],
        );
        const told = pieces.flatMap((piece) => piece.items);
        expect(new Set(told)).toEqual(new Set(items));
        expect(told).toHaveLength(items.length);
        for (const user of names) {
          const of = (each: StoredItem) => each.user === user;
          expect(told.filter(of)).toEqual(items.filter(of));
        }
        for (const piece of pieces) {
          const shown = new Set(piece.actions.map(({ id }) => id));
          expect(new Set(piece.items.map((each) => each.action))).toEqual(shown);
        }
        // No action is told of again and again.
        expect(pieces.flatMap((piece) => piece.actions)).toEqual(actions);
        expect(pieces.filter((piece) => !isShort(piece))).toEqual([]);
      }),
    );
  });
});

it('a message that is short stays as it is', () => {
  const items = [item('a0', 'ada', 1), item('a1', 'ada', 1), item('a0', 'bob', 1)];
  const message: BusMessage = { kind: 'items', items, actions: [action('a0', 10), action('a1', 10)] };
  expect(piecesOf(message, MOST)).toEqual([message]);
  const settled: BusMessage = { kind: 'settled', ids: ['a0'] };
  expect(piecesOf(settled, 1)).toEqual([settled]);
});
