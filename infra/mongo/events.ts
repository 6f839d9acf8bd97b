import type { QueryFilter } from 'mongoose';
import type { StoredEvent } from '../../core/model/entities.ts';
import { keyOf } from '../../core/model/keys.ts';
import type { EventScan, EventStore } from '../../core/ports/stores.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import type { EventDoc, Models } from './models.ts';
import { mapReadErrors, type ReadOptions, withMaxTime } from './read-options.ts';

export class MongoEvents implements EventStore {
  readonly #model: Models['events'];
  readonly #keys: Models['eventKeys'];

  readonly #readOptions: ReadOptions;

  constructor(models: Models, readOptions: ReadOptions = {}) {
    this.#readOptions = readOptions;
    this.#model = models.events;
    this.#keys = models.eventKeys;
  }

  async insert(event: StoredEvent): Promise<boolean> {
    try {
      await this.#model.insertMany([toDoc(event)], { lean: true });
      return true;
    } catch (error) {
      duplicateIndexes(error);
      return false;
    }
  }

  async claim(key: string, event: StoredEvent): Promise<StoredEvent> {
    const claim = { _id: key, event: JSON.stringify(event), at: new Date() };
    for (;;) {
      try {
        await this.#keys.insertMany([claim], { lean: true });
        return event;
      } catch (error) {
        duplicateIndexes(error);
      }
      const first = await this.#keys.findById(key).lean();
      // If it is missing, it expired since the insert. Retry.
      if (first) return JSON.parse(first.event) as StoredEvent;
    }
  }

  async find({
    user,
    name,
    related,
    since,
    until,
    after,
    limit,
    maxTimeMs,
  }: EventScan): Promise<StoredEvent[]> {
    const filter: QueryFilter<EventDoc> = {};
    if (user !== undefined) filter.user = user;
    if (name !== undefined) filter.name = name;
    if (related !== undefined) filter.relatedKey = related;
    const latest = Math.min(until ?? Number.POSITIVE_INFINITY, after?.time ?? Number.POSITIVE_INFINITY);
    if (since !== undefined || Number.isFinite(latest)) {
      filter.timestamp = {
        ...(since !== undefined && { $gte: new Date(since) }),
        ...(Number.isFinite(latest) && { $lte: new Date(latest) }),
      };
    }
    // The bound on `timestamp` above is where the index scan starts. This excludes the end of the previous page.
    if (after) {
      const timestamp = new Date(after.time);
      filter.$or = [{ timestamp: { $lt: timestamp } }, { timestamp, _id: { $lt: after.id } }];
    }
    const readOptions = withMaxTime(this.#readOptions, maxTimeMs);
    const query = this.#model.find(filter).sort({ timestamp: -1, _id: -1 }).limit(limit).batchSize(limit);
    return (await mapReadErrors(readOptions, query.setOptions(readOptions).lean())).map(fromDoc);
  }

  async stats(user: string, limit: number): Promise<Array<{ name: string; count: number; latest: number }>> {
    const query = this.#model.aggregate<{ _id: string; count: number; latest: Date }>([
      { $match: { user } },
      { $group: { _id: '$name', count: { $sum: 1 }, latest: { $max: '$timestamp' } } },
      { $sort: { _id: 1 } },
      { $limit: limit },
    ]);
    const groups = await mapReadErrors(this.#readOptions, query.option(this.#readOptions).exec());
    return groups.map(({ _id, count, latest }) => ({ name: _id, count, latest: latest.getTime() }));
  }
}

const toDoc = (event: StoredEvent): EventDoc => ({
  _id: event.id,
  user: event.user,
  name: event.name,
  timestamp: new Date(event.timestamp),
  note: event.note,
  related: event.related,
  relatedKey: event.related && keyOf(event.related),
});

const fromDoc = (doc: EventDoc): StoredEvent => ({
  id: doc._id,
  user: doc.user,
  name: doc.name,
  timestamp: doc.timestamp.getTime(),
  note: doc.note,
  related: doc.related,
});
