import { Schema } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../core/model.ts';
import { REMOVED_KEPT_MS } from '../../core/positions.ts';
import { schemaOptions } from './schema-options.ts';

/**
 * An item that is in its user's feed, or one that was removed from it: then what it needs for pages and counts is not
 * there, so that none meets it (decision 16).
 */
export interface ItemDoc {
  _id: string;
  action: string;
  pos: number;
  entered: number;
  rev: number;
  user?: string;
  at?: Date;
  unread?: boolean;
  seen?: boolean;
  removedFrom?: string;
  removedAt?: Date;
}

/** The fields of an item in a feed that go where it is removed. */
export const inFeedOnly = ['user', 'at', 'unread', 'seen'] as const;

export const itemSchema = new Schema<ItemDoc>(
  {
    _id: { type: String, required: true },
    action: { type: String, required: true },
    pos: { type: Number, required: true },
    entered: { type: Number, required: true },
    rev: { type: Number, required: true },
    user: { type: String },
    at: { type: Date },
    unread: { type: Boolean },
    seen: { type: Boolean },
    removedFrom: { type: String },
    removedAt: { type: Date },
  },
  { ...schemaOptions, collection: 'items' },
);
// A page of the feed; its changes; its unread items, and of these the unseen, each counted up to the cap.
itemSchema.index({ user: 1, at: -1, _id: -1 });
itemSchema.index({ user: 1, pos: 1, _id: 1 });
itemSchema.index({ user: 1, seen: 1, at: -1 }, { partialFilterExpression: { unread: true } });
// What left a feed, until nobody can ask for it any more. Both hold nothing of items in feeds.
itemSchema.index(
  { removedFrom: 1, pos: 1, _id: 1 },
  { partialFilterExpression: { removedFrom: { $exists: true } } },
);
itemSchema.index(
  { removedAt: 1 },
  {
    expireAfterSeconds: REMOVED_KEPT_MS / 1_000,
    // Not `sparse`, which costs DocumentDB as much as an index of all items.
    partialFilterExpression: { removedAt: { $exists: true } },
  },
);

/** What is known of a user apart from its feed: the position before which its changes are not told (decision 16). */
export interface UserDoc {
  _id: string;
  floor: number;
}

export const userSchema = new Schema<UserDoc>(
  { _id: { type: String, required: true }, floor: { type: Number, required: true } },
  { ...schemaOptions, collection: 'users' },
);

export const toDoc = (item: StoredItem): ItemDoc => ({
  _id: item.id,
  user: item.user,
  action: item.action,
  at: new Date(item.at),
  pos: item.pos,
  entered: item.entered,
  rev: item.rev,
  unread: item.unread,
  seen: item.seen,
});

/** `null`: it was removed. */
export function itemOf(doc: ItemDoc): StoredItem | null {
  const { user, at, unread, seen } = doc;
  if (user === undefined || at === undefined || unread === undefined || seen === undefined) return null;
  const { _id: id, action, pos, entered, rev } = doc;
  return { id, user, action, at: at.getTime(), pos, entered, rev, unread, seen };
}

/** `null`: it is in its feed. */
export const removedOf = ({ _id: id, action, pos, removedFrom }: ItemDoc): RemovedItem | null =>
  removedFrom === undefined ? null : { id, user: removedFrom, action, pos };
