import { Schema } from 'mongoose';
import type { RemovedItem, StoredItem } from '../../core/model/entities.ts';
import { REMOVED_RETENTION_MS } from '../../core/model/positions.ts';
import { schemaOptions } from './schema-options.ts';

/**
 * An item in its user's feed, or an item that was removed from it. A removed item lacks the fields that pages and counts query,
 * so they never find it (decision 16).
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

/** Fields that a removal deletes. */
export const feedFields = ['user', 'at', 'unread', 'seen'] as const;

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
// Pages of a feed; its changes; its unread and unseen items, for counts.
itemSchema.index({ user: 1, at: -1, _id: -1 });
itemSchema.index({ user: 1, pos: 1, _id: 1 });
itemSchema.index({ user: 1, seen: 1, at: -1 }, { partialFilterExpression: { unread: true } });
// Items removed from a feed, and their expiry when no client can request them any more. Neither index contains items in feeds.
itemSchema.index(
  { removedFrom: 1, pos: 1, _id: 1 },
  { partialFilterExpression: { removedFrom: { $exists: true } } },
);
itemSchema.index(
  { removedAt: 1 },
  {
    expireAfterSeconds: REMOVED_RETENTION_MS / 1_000,
    // Not `sparse`: in DocumentDB such an index costs as much as one on all items.
    partialFilterExpression: { removedAt: { $exists: true } },
  },
);

/** A user's resync position: changes before it are not listed individually (decision 16). */
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
  pos: item.position,
  entered: item.deliveredPosition,
  rev: item.version,
  unread: item.unread,
  seen: item.seen,
});

/** `null` if it was removed. */
export function toItem(doc: ItemDoc): StoredItem | null {
  const { user, at, unread, seen } = doc;
  if (user === undefined || at === undefined || unread === undefined || seen === undefined) return null;
  const { _id: id, action, pos, entered, rev } = doc;
  return {
    id,
    user,
    action,
    at: at.getTime(),
    position: pos,
    deliveredPosition: entered,
    version: rev,
    unread,
    seen,
  };
}

/** `null` if it is in its feed. */
export const toRemovedItem = ({ _id: id, action, pos, removedFrom }: ItemDoc): RemovedItem | null =>
  removedFrom === undefined ? null : { id, user: removedFrom, action, position: pos };
