import { type InferSchemaType, type Model, Schema } from 'mongoose';
import { asPosition, FIRST_POSITION } from '../../core/model/units.ts';
import type { FeedStore } from '../../core/ports/feeds.ts';
import { type ReadOptions, read } from './read-options.ts';
import { schemaOptions } from './schema.ts';

export const userSchema = new Schema(
  {
    _id: { type: String, required: true },
    /** The user's resync position: changes before it are not listed individually (decision 16). */
    floor: { type: Number, required: true },
  },
  { ...schemaOptions, collection: 'users' },
);

export type UserDoc = InferSchemaType<typeof userSchema>;

export const feedResyncs = (
  users: Model<UserDoc>,
  readOptions: ReadOptions,
): Pick<FeedStore, 'resyncBefore' | 'forceResync'> => ({
  async resyncBefore(user) {
    const doc = await read(users.findById(user).lean(), readOptions);
    return doc ? asPosition(doc.floor) : FIRST_POSITION;
  },

  async forceResync(ids, position) {
    if (ids.length === 0) return;
    await users.bulkWrite(
      ids.map((_id) => ({
        updateOne: { filter: { _id }, update: { $max: { floor: position } }, upsert: true },
      })),
      { ordered: false },
    );
  },
});
