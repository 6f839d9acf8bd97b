/**
 * Splits long messages between processes. Redis buffers a published message for each subscriber until it is read. It
 * disconnects a subscriber whose buffer exceeds 32 MB, and a gateway would then miss messages of every space.
 */
import type { StoredAction } from '../../core/model/entities.ts';
import { groupBy } from '../../core/model/group-by.ts';
import type { ItemGroup } from '../../core/model/item-groups.ts';
import { sizesOf } from '../../core/model/size.ts';
import type { BusMessage } from '../../core/ports/bus.ts';

/** Approximate length of a part in characters. A longer action becomes a separate part. */
const MAX_PART_LENGTH = 2_097_152;
/** Lengths of a group and of a user besides ids, and of an action besides its variable-length fields. */
const GROUP_OVERHEAD = 170;
const USER_OVERHEAD = 3;
const ACTION_OVERHEAD = 300;

interface Sized<T> {
  size: number;
  value: T;
}

/**
 * Keeps the order, except that groups of one action stay together. A short message is returned unchanged. An action is
 * repeated only if its users alone are longer than a part.
 */
export function splitMessage(message: BusMessage, maxLength = MAX_PART_LENGTH): BusMessage[] {
  if (message.kind === 'items') return splitItems(message, maxLength);
  return message.kind === 'actions' ? splitActions(message, maxLength) : [message];
}

function splitItems(message: BusMessage & { kind: 'items' }, maxLength: number): BusMessage[] {
  const length = sumOf(message.groups, lengthOfGroup) + sumOf(message.actions, lengthOf);
  if (length <= maxLength) return [message];
  const actions = new Map(message.actions.map((action) => [action.id, action]));
  const sized = [...groupBy(message.groups, (group) => group.action)].flatMap(([id, ofAction]) => {
    const action = actions.get(id);
    const actionLength = action ? lengthOf(action) : 0;
    return packGroups(ofAction, maxLength).map((groups) => ({
      size: sumOf(groups, lengthOfGroup) + actionLength,
      value: { groups, action },
    }));
  });
  return packParts(sized, maxLength).map((part) => ({
    kind: 'items',
    groups: part.flatMap(({ groups }) => groups),
    actions: part.flatMap(({ action }) => action ?? []),
  }));
}

/** Returns the groups of one action in lists of up to this length. Splits groups that are longer. */
function packGroups(groups: readonly ItemGroup[], maxLength: number): ItemGroup[][] {
  const pieces = groups.flatMap((group) => {
    if (lengthOfGroup(group) <= maxLength) return group;
    const sized = group.users.map((user) => ({ size: lengthOfUser(user), value: user }));
    const room = maxLength - lengthOfGroup({ ...group, users: [] });
    return packParts(sized, room).map((users) => ({ ...group, users }));
  });
  return packParts(
    pieces.map((piece) => ({ size: lengthOfGroup(piece), value: piece })),
    maxLength,
  );
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

function sumOf<T>(values: readonly T[], lengthOfValue: (value: T) => number): number {
  return values.reduce((sum, value) => sum + lengthOfValue(value), 0);
}

const lengthOfUser = (user: string): number => USER_OVERHEAD + user.length;
const lengthOfGroup = ({ action, users }: ItemGroup): number =>
  GROUP_OVERHEAD + action.length + sumOf(users, lengthOfUser);
const lengthOf = (action: StoredAction): number => ACTION_OVERHEAD + sizesOf(action).total;
