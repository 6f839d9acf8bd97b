/**
 * Cuts long messages between processes into pieces. Redis holds what it publishes for each subscriber until that has read
 * it, and cuts a subscriber off for which more than 32 MB wait: of every space, a gateway would have missed everything.
 */
import type { StoredAction, StoredItem } from '../../core/model.ts';
import type { BusMessage } from '../../core/ports/bus.ts';
import { sizesOf } from '../../core/size.ts';

/** Characters of a piece, about; an action that is longer than that is a piece of its own. */
export const PIECE = 2_097_152;
/** Of an item beside its ids, and of an action beside what can be long. */
const ITEM = 150;
const ACTION = 300;

interface Part<T> {
  size: number;
  of: T;
}

/** In order, but that the items of one action come together. One piece, as it is, where the message is not long. */
export function piecesOf(message: BusMessage, most = PIECE): BusMessage[] {
  if (message.kind === 'items') return itemPieces(message, most);
  return message.kind === 'actions' ? actionPieces(message, most) : [message];
}

function itemPieces(message: BusMessage & { kind: 'items' }, most: number): BusMessage[] {
  const byAction = new Map<string, StoredItem[]>();
  for (const item of message.items) {
    const items = byAction.get(item.action);
    if (items) items.push(item);
    else byAction.set(item.action, [item]);
  }
  const actions = new Map(message.actions.map((action) => [action.id, action]));
  const parts = [...byAction].map(([id, items]) => {
    const action = actions.get(id);
    const size = items.reduce((sum, item) => sum + ITEM + item.id.length + item.user.length, 0);
    return { size: size + (action ? ACTION + sizesOf(action).all : 0), of: { items, action } };
  });
  const pieces = together(parts, most);
  if (pieces.length <= 1) return [message];
  return pieces.map((piece) => ({
    kind: 'items',
    items: piece.flatMap(({ items }) => items),
    actions: piece.flatMap(({ action }) => action ?? []),
  }));
}

function actionPieces(message: BusMessage & { kind: 'actions' }, most: number): BusMessage[] {
  type Told = { action?: StoredAction; gone?: (typeof message.removed)[number] };
  const changed = message.actions.map(
    (action): Part<Told> => ({
      size: ACTION + sizesOf(action).all,
      of: { action },
    }),
  );
  const removed = message.removed.map(
    (gone): Part<Told> => ({
      size: gone.keys.reduce((sum, key) => sum + key.length, gone.id.length),
      of: { gone },
    }),
  );
  const pieces = together([...changed, ...removed], most);
  if (pieces.length <= 1) return [message];
  return pieces.map((piece) => ({
    kind: 'actions',
    actions: piece.flatMap(({ action }) => action ?? []),
    removed: piece.flatMap(({ gone }) => gone ?? []),
    pos: message.pos,
  }));
}

function together<T>(parts: ReadonlyArray<Part<T>>, most: number): T[][] {
  const pieces: T[][] = [];
  let room = 0;
  for (const { size, of } of parts) {
    const last = pieces.at(-1);
    if (last && size <= room) last.push(of);
    else pieces.push([of]);
    room = (last && size <= room ? room : most) - size;
  }
  return pieces;
}
