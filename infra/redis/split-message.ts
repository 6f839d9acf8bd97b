/**
 * Splits long messages between processes. Redis buffers a published message for each subscriber until it is read. It
 * disconnects a subscriber whose buffer exceeds 32 MB, and a gateway would then miss messages of every space.
 */
import type { StoredAction, StoredItem } from '../../core/model/entities.ts';
import { sizesOf } from '../../core/model/size.ts';
import type { BusMessage } from '../../core/ports/bus.ts';

/** Approximate length of a part in characters. A longer action becomes a separate part. */
const MAX_PART_LENGTH = 2_097_152;
/** Length of an item besides its ids, and of an action besides its variable-length fields. */
const ITEM_OVERHEAD = 150;
const ACTION_OVERHEAD = 300;

interface Sized<T> {
  size: number;
  value: T;
}

/** Keeps the order, except that items of one action stay together. A short message is returned unchanged. */
export function splitMessage(message: BusMessage, maxLength = MAX_PART_LENGTH): BusMessage[] {
  if (message.kind === 'items') return splitItems(message, maxLength);
  return message.kind === 'actions' ? splitActions(message, maxLength) : [message];
}

function splitItems(message: BusMessage & { kind: 'items' }, maxLength: number): BusMessage[] {
  const byAction = new Map<string, StoredItem[]>();
  for (const item of message.items) {
    const items = byAction.get(item.action);
    if (items) items.push(item);
    else byAction.set(item.action, [item]);
  }
  const actions = new Map(message.actions.map((action) => [action.id, action]));
  const groups = [...byAction].map(([id, items]) => {
    const action = actions.get(id);
    const size = items.reduce((sum, item) => sum + ITEM_OVERHEAD + item.id.length + item.user.length, 0);
    return { size: size + (action ? lengthOf(action) : 0), value: { items, action } };
  });
  const parts = packParts(groups, maxLength);
  if (parts.length <= 1) return [message];
  return parts.map((part) => ({
    kind: 'items',
    items: part.flatMap(({ items }) => items),
    actions: part.flatMap(({ action }) => action ?? []),
  }));
}

function splitActions(message: BusMessage & { kind: 'actions' }, maxLength: number): BusMessage[] {
  type Change = { action?: StoredAction; removal?: (typeof message.removed)[number] };
  const changed = message.actions.map(
    (action): Sized<Change> => ({ size: lengthOf(action), value: { action } }),
  );
  const removed = message.removed.map((removal): Sized<Change> => {
    const size = removal.keys.reduce((sum, key) => sum + key.length, removal.id.length);
    return { size, value: { removal } };
  });
  const parts = packParts([...changed, ...removed], maxLength);
  if (parts.length <= 1) return [message];
  return parts.map((part) => ({
    kind: 'actions',
    actions: part.flatMap(({ action }) => action ?? []),
    removed: part.flatMap(({ removal }) => removal ?? []),
    position: message.position,
  }));
}

function packParts<T>(sized: ReadonlyArray<Sized<T>>, maxLength: number): T[][] {
  const parts: T[][] = [];
  let room = 0;
  for (const { size, value } of sized) {
    const last = parts.at(-1);
    if (last && size <= room) last.push(value);
    else parts.push([value]);
    room = (last && size <= room ? room : maxLength) - size;
  }
  return parts;
}

const lengthOf = (action: StoredAction): number => ACTION_OVERHEAD + sizesOf(action).total;
