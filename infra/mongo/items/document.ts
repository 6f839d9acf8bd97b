import { type InferSchemaType, type Model, Schema } from 'mongoose';
import type { Aside, RemovedItem, StoredItem } from '../../../core/model/entities.ts';
import type { ItemGroup } from '../../../core/model/item-groups.ts';
import { userOfItem } from '../../../core/model/keys.ts';
import { REMOVED_RETENTION_MS } from '../../../core/model/positions.ts';
import { asPosition } from '../../../core/model/units.ts';
import { fewDistinct } from '../few-distinct.ts';
import { millisOf, schemaOptions } from '../schema.ts';

/** The name of the collection. */
export const ITEMS = 'items';

/** The fields of an archived or snoozed item that an item of the inbox has itself. */
const asideSchema = new Schema(
  {
    at: { type: Date, required: true },
    unread: { type: Boolean, required: true },
    seen: { type: Boolean, required: true },
    until: { type: Date },
  },
  { _id: false, id: false },
);

/** The press of a button, and the version of the action then. A later version is a new state, without a press. */
const pressedSchema = new Schema(
  {
    button: { type: String, required: true },
    at: { type: Date, required: true },
    rev: { type: Number, required: true },
  },
  { _id: false, id: false },
);

/** A claim of the right to press, until a position. */
const pressingSchema = new Schema(
  { token: { type: String, required: true }, until: { type: Number, required: true } },
  { _id: false, id: false },
);

/**
 * An item in its user's feed, or an item that was removed from it. A removed item has `removedAt`, and lacks the fields that
 * pages and counts query, so they never find it (decision 16). An archived or snoozed item has them in `aside` instead, so pages
 * and counts of the inbox don't find it either (decision 55). Only such an item has a `state`. An item keeps its user: a document
 * never moves to another shard.
 *
 * Names are stored with every item, so some are short: `pos` is `position`, `entered` is `deliveredPosition`, `rev` is `version`.
 */
export const itemSchema = new Schema(
  {
    _id: { type: String, required: true },
    action: { type: String, required: true },
    pos: { type: Number, required: true },
    entered: { type: Number, required: true },
    rev: { type: Number, required: true },
    user: { type: String, required: true },
    at: { type: Date },
    unread: { type: Boolean },
    seen: { type: Boolean },
    state: { type: String, enum: ['archived', 'snoozed'] },
    aside: { type: asideSchema },
    removedAt: { type: Date },
    pressed: { type: pressedSchema },
    pressing: { type: pressingSchema },
  },
  { ...schemaOptions, collection: ITEMS },
);
// Pages of a feed; its changes, removals included; its unread and unseen items, for counts.
itemSchema.index({ user: 1, at: -1, _id: -1 });
itemSchema.index({ user: 1, pos: 1, _id: 1 });
itemSchema.index({ user: 1, seen: 1, at: -1 }, { partialFilterExpression: { unread: true } });
// Pages of archived and of snoozed items; and snoozed items by the time at which they return. DocumentDB would sort each page if the
// index had two fields of `aside`.
itemSchema.index(
  { user: 1, state: 1, 'aside.at': -1, _id: -1 },
  { partialFilterExpression: { state: { $exists: true } } },
);
itemSchema.index({ 'aside.until': 1 }, { partialFilterExpression: { 'aside.until': { $exists: true } } });
// Expiry of removed items, when no client can request them any more.
itemSchema.index(
  { removedAt: 1 },
  {
    expireAfterSeconds: REMOVED_RETENTION_MS / 1_000,
    // Not `sparse`: in DocumentDB such an index costs as much as one on all items.
    partialFilterExpression: { removedAt: { $exists: true } },
  },
);

export type ItemDoc = InferSchemaType<typeof itemSchema>;
export type Items = Model<ItemDoc>;

/** The driver's collection. Without mongoose's casts, filters of a thousand ids cost half as much. */
export const nativeOf = (items: Items) => items.db.collection<ItemDoc>(items.collection.name);

/** Fields of an item in the inbox. */
export const inboxFields = ['at', 'unread', 'seen'] as const;
/** Fields of an item outside the inbox. */
export const asideFields = ['state', 'aside'] as const;
/** Fields that a removal deletes. */
export const feedFields = [...inboxFields, ...asideFields, 'pressed', 'pressing'] as const;

/** The filter of items in feeds, in any state. */
export const inFeed = { removedAt: { $exists: false } } as const;

/** The filter of these items. It names their users if they are few, so that a cluster asks only the shards of these users. */
export function idFilter(ids: readonly string[]): { _id: { $in: string[] }; user?: { $in: string[] } } {
  const users = fewDistinct(ids, userOfItem);
  return { _id: { $in: [...ids] }, ...(users && { user: { $in: users } }) };
}

export const toDoc = (item: StoredItem): ItemDoc => ({
  _id: item.id,
  user: item.user,
  ...toState(item),
});

/** The fields that the items of a group share. New items are in the inbox. */
export const toState = (item: ItemGroup | StoredItem): Omit<ItemDoc, '_id' | 'user'> => ({
  action: item.action,
  at: new Date(item.at),
  pos: item.position,
  entered: item.deliveredPosition,
  rev: item.version,
  unread: item.unread,
  seen: item.seen,
});

/** `null` if it was removed. */
export function toItem(doc: ItemDoc): StoredItem | null {
  const { _id: id, user, action, pos, entered, rev: version } = doc;
  const { at, unread, seen } = doc.aside ?? doc;
  if (at == null || unread == null || seen == null) return null;
  const [position, deliveredPosition] = [asPosition(pos), asPosition(entered)];
  const item = { id, user, action, at: millisOf(at), position, deliveredPosition, version, unread, seen };
  const { aside, pressed } = doc;
  return {
    ...item,
    ...(aside && { aside: toAside(aside) }),
    ...(pressed?.rev === version && { pressed: { button: pressed.button, at: millisOf(pressed.at) } }),
  };
}

const toAside = ({ until }: NonNullable<ItemDoc['aside']>): Aside =>
  until == null ? { state: 'archived' } : { state: 'snoozed', until: millisOf(until) };

/** `null` if it is in its feed. */
export const toRemovedItem = ({ _id: id, action, pos, user, removedAt }: ItemDoc): RemovedItem | null =>
  removedAt == null ? null : { id, user, action, position: asPosition(pos) };
