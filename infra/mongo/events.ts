import { type InferSchemaType, type Model, Schema } from 'mongoose';
import type { StoredEvent } from '../../core/model/entities.ts';
import { keyOf } from '../../core/model/keys.ts';
import type { EventStore } from '../../core/ports/events.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import { claimEventKey, type EventKeyDoc } from './event-keys.ts';
import { mapReadErrors, pageFilter, type ReadOptions, read, withMaxTime } from './read-options.ts';
import { millisOf, refSchema, schemaOptions } from './schema.ts';

export const eventSchema = new Schema(
  {
    _id: { type: String, required: true },
    user: { type: String, default: null },
    name: { type: String, required: true },
    timestamp: { type: Date, required: true },
    note: { type: String, default: '' },
    related: { type: refSchema, default: null },
    /** The key of `related`. */
    relatedKey: { type: String, default: null },
  },
  { ...schemaOptions, collection: 'events' },
);
// All events; by user; by user and name, with counts; by name; by object.
eventSchema.index({ timestamp: -1, _id: -1 });
eventSchema.index({ user: 1, timestamp: -1, _id: -1 });
eventSchema.index({ user: 1, name: 1, timestamp: -1, _id: -1 });
eventSchema.index({ name: 1, timestamp: -1, _id: -1 });
eventSchema.index({ relatedKey: 1, timestamp: -1, _id: -1 });

export type EventDoc = InferSchemaType<typeof eventSchema>;

export const createEventStore = (
  events: Model<EventDoc>,
  keys: Model<EventKeyDoc>,
  readOptions: ReadOptions,
): EventStore => ({
  async insert(event) {
    try {
      await events.insertMany([toDoc(event)], { lean: true });
      return true;
    } catch (error) {
      duplicateIndexes(error);
      return false;
    }
  },

  claim: (key, event) => claimEventKey(keys, key, event),

  async find({ user, name, related, limit, maxTimeMs, ...page }) {
    const filter = {
      ...(user !== undefined && { user }),
      ...(name !== undefined && { name }),
      ...(related !== undefined && { relatedKey: related }),
      ...pageFilter('timestamp', page),
    };
    const query = events.find(filter).sort({ timestamp: -1, _id: -1 }).limit(limit).batchSize(limit);
    return (await read(query.lean(), withMaxTime(readOptions, maxTimeMs))).map(fromDoc);
  },

  async stats(user, limit) {
    const query = events.aggregate<{ _id: string; count: number; latest: Date }>([
      { $match: { user } },
      { $group: { _id: '$name', count: { $sum: 1 }, latest: { $max: '$timestamp' } } },
      { $sort: { _id: 1 } },
      { $limit: limit },
    ]);
    const groups = await mapReadErrors(query.option(readOptions).exec(), readOptions);
    return groups.map(({ _id, count, latest }) => ({ name: _id, count, latest: millisOf(latest) }));
  },
});

const toDoc = (event: StoredEvent): EventDoc => ({
  _id: event.id,
  user: event.user,
  name: event.name,
  timestamp: new Date(event.timestamp),
  note: event.note,
  related: event.related,
  relatedKey: event.related && keyOf(event.related),
});

const fromDoc = ({ _id: id, user = null, name, timestamp, note, related = null }: EventDoc): StoredEvent => ({
  id,
  user,
  name,
  timestamp: millisOf(timestamp),
  note,
  related,
});
