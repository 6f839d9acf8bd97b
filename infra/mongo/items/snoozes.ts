import type { Connection, mongo, QueryFilter } from 'mongoose';
import type { Millis } from '../../../core/model/units.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { MIN_DATE } from '../read-options.ts';
import { millisOf } from '../schema.ts';
import { asideFields, ITEMS, type ItemDoc, type Items, idFilter, toItem } from './document.ts';

/** Without the lower bound, DocumentDB does not choose the index of snoozed items. */
const dueAt = (now: number): QueryFilter<ItemDoc> => ({
  'aside.until': { $gte: new Date(MIN_DATE), $lte: new Date(now) },
});
const snoozed = { 'aside.until': { $gte: new Date(MIN_DATE) } };

/** Returns the time at which the next snoozed item of a space is due, or `null`. */
export async function nextSnoozeEnd(
  database: Pick<Connection, 'collection'> | Pick<mongo.Db, 'collection'>,
): Promise<Millis | null> {
  const options = { sort: { 'aside.until': 1 }, projection: { 'aside.until': 1 } } as const;
  const doc = await database.collection<ItemDoc>(ITEMS).findOne(snoozed, options);
  return doc?.aside?.until ? millisOf(doc.aside.until) : null;
}

export const itemSnoozes = (
  items: Items,
): Pick<FeedStore, 'dueSnoozes' | 'nextSnoozeEnd' | 'endSnoozes'> => ({
  async dueSnoozes(now, limit) {
    const query = items.find(dueAt(now)).sort({ 'aside.until': 1 });
    const docs = await query.limit(limit).batchSize(limit).lean();
    return docs.flatMap((doc) => toItem(doc) ?? []);
  },

  nextSnoozeEnd: () => nextSnoozeEnd(items.db),

  async endSnoozes(ids, now, position) {
    const { modifiedCount } = await items.updateMany(
      { ...idFilter(ids), ...dueAt(now), pos: { $lt: position } },
      [
        {
          $set: {
            at: '$aside.until',
            unread: { $literal: true },
            seen: { $literal: false },
            pos: position,
          },
        },
        { $unset: [...asideFields] },
      ],
      { updatePipeline: true },
    );
    return modifiedCount;
  },
});
