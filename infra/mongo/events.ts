import type { QueryFilter } from 'mongoose';
import { keyOf } from '../../core/keys.ts';
import type { StoredEvent } from '../../core/model.ts';
import type { EventScan, EventStore } from '../../core/ports/stores.ts';
import { duplicateIndexes } from './duplicates.ts';
import type { EventDoc, Models } from './models.ts';
import { type ReadOptions, told, within } from './reads.ts';

export class MongoEvents implements EventStore {
  readonly #model: Models['events'];
  readonly #keys: Models['eventKeys'];

  readonly #reads: ReadOptions;

  constructor(models: Models, reads: ReadOptions = {}) {
    this.#reads = reads;
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
      // Gone in between, if not there: its time was over.
      if (first) return JSON.parse(first.event) as StoredEvent;
    }
  }

  async find({ user, name, related, since, until, after, limit, mostMs }: EventScan): Promise<StoredEvent[]> {
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
    // The bound on the timestamp above lets the index begin there; this leaves out what the last page ended with.
    if (after) {
      const timestamp = new Date(after.time);
      filter.$or = [{ timestamp: { $lt: timestamp } }, { timestamp, _id: { $lt: after.id } }];
    }
    const reads = within(this.#reads, mostMs);
    const query = this.#model.find(filter).sort({ timestamp: -1, _id: -1 }).limit(limit).batchSize(limit);
    return (await told(reads, query.setOptions(reads).lean())).map(fromDoc);
  }

  async stats(user: string, most: number): Promise<Array<{ name: string; count: number; latest: number }>> {
    const query = this.#model.aggregate<{ _id: string; count: number; latest: Date }>([
      { $match: { user } },
      { $group: { _id: '$name', count: { $sum: 1 }, latest: { $max: '$timestamp' } } },
      { $sort: { _id: 1 } },
      { $limit: most },
    ]);
    const groups = await told(this.#reads, query.option(this.#reads).exec());
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
