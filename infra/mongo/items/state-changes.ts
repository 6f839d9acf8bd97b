/**
 * What a mark changes, as a filter and an update of items. An archived or snoozed item has its flags in `aside`, so a mark that
 * may concern items in any state is two updates.
 */
import type { PipelineStage, QueryFilter, UpdateQuery } from 'mongoose';
import type { Aside } from '../../../core/model/entities.ts';
import type { Mark, MarkSelection } from '../../../core/ports/feeds.ts';
import { asideFields, type ItemDoc, inboxFields } from './document.ts';

export interface StateChange {
  from: QueryFilter<ItemDoc>;
  /** The field of the sort time of the items. */
  atField: 'at' | 'aside.at';
  set?: Record<string, unknown>;
  unset?: Record<string, 1>;
  /** For a change that moves fields. */
  pipeline?: ReadonlyArray<PipelineStage.Set | PipelineStage.Unset>;
}

type Changes = Record<Mark, (until: Date | undefined) => StateChange | null>;

const asideWith = (state: Aside['state'], fields: Record<string, unknown>): StateChange['pipeline'] => [
  { $set: { state, aside: { at: '$at', ...fields } } },
  { $unset: [...inboxFields] },
];

/** Returns items to the inbox with their marks. */
const toInbox: StateChange['pipeline'] = [
  { $set: { at: '$aside.at', unread: '$aside.unread', seen: '$aside.seen' } },
  { $unset: [...asideFields] },
];

export const inboxFilter = { at: { $exists: true } } as const;
export const asideFilter = { state: { $exists: true } } as const;
const at = { atField: 'at' } as const;
const asideAt = { atField: 'aside.at' } as const;

/** Read implies seen, so only unread items can be unseen. */
const inboxChanges: Changes = {
  read: () => ({ ...at, from: { unread: true }, set: { unread: false, seen: true } }),
  unread: () => ({ ...at, from: { unread: false }, set: { unread: true } }),
  seen: () => ({ ...at, from: { unread: true, seen: false }, set: { seen: true } }),
  archive: () => ({
    ...at,
    from: inboxFilter,
    pipeline: asideWith('archived', { unread: { $literal: false }, seen: { $literal: true } }),
  }),
  unarchive: () => null,
  snooze: (until) => ({
    ...at,
    from: inboxFilter,
    pipeline: asideWith('snoozed', { unread: '$unread', seen: '$seen', until }),
  }),
  unsnooze: () => null,
};

const asideChanges: Changes = {
  read: () => ({
    ...asideAt,
    from: { 'aside.unread': true },
    set: { 'aside.unread': false, 'aside.seen': true },
  }),
  unread: () => ({ ...asideAt, from: { 'aside.unread': false }, set: { 'aside.unread': true } }),
  seen: () => ({
    ...asideAt,
    from: { 'aside.unread': true, 'aside.seen': false },
    set: { 'aside.seen': true },
  }),
  archive: () => ({
    ...asideAt,
    from: { $or: [{ state: 'snoozed' }, { 'aside.unread': true }] },
    set: { state: 'archived', 'aside.unread': false, 'aside.seen': true },
    unset: { 'aside.until': 1 },
  }),
  unarchive: () => ({ ...asideAt, from: { state: 'archived' }, pipeline: toInbox }),
  snooze: (until) => ({
    ...asideAt,
    from: { ...asideFilter, 'aside.until': { $ne: until } },
    set: { state: 'snoozed', 'aside.until': until },
  }),
  unsnooze: () => ({ ...asideAt, from: { state: 'snoozed' }, pipeline: toInbox }),
};

/** Returns the changes of a mark, in the order of their updates: no item qualifies for the second because of the first. */
export function changesOf({ mark, ids, snoozeUntil }: MarkSelection): StateChange[] {
  const until = snoozeUntil === undefined ? undefined : new Date(snoozeUntil);
  const [inInbox, aside] = [inboxChanges[mark](until), asideChanges[mark](until)];
  const selected = ids ? [inInbox, aside] : [inInbox ?? aside];
  return selected.filter((change) => change !== null);
}

/** Returns the update that makes the change at this position. */
export const updateOf = (
  { set, unset, pipeline }: StateChange,
  position: number,
): UpdateQuery<ItemDoc> | Array<PipelineStage.Set | PipelineStage.Unset> =>
  pipeline
    ? [{ $set: { pos: position } }, ...pipeline]
    : { $set: { ...set, pos: position }, ...(unset && { $unset: unset }) };
