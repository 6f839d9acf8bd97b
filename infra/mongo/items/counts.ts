import type { Counts } from '../../../protocol/entities.ts';
import { limits } from '../../../protocol/limits.ts';
import { batchesOf } from '../../batches.ts';
import { mapReadErrors, type ReadOptions } from '../read-options.ts';
import type { Items } from './document.ts';

/** One more than the cap, to detect counts above it. */
const COUNT_LIMIT = limits.counts + 1;
/** Concurrent queries that count one user each. */
const CONCURRENCY = 8;
/** Users per aggregation. Query time grows faster than the number of users. */
const BATCH_SIZE = 100;
/** Maximum number of users remembered as above the cap. */
const MAX_OVER_CAP_USERS = 10_000;

const anySeen = { $gte: false };
const unseen = { $sum: { $cond: ['$seen', 0, 1] } };

const toCounts = (found: { unread: number; unseen: number } | undefined): Counts => ({
  unread: Math.min(found?.unread ?? 0, limits.counts),
  unseen: Math.min(found?.unseen ?? 0, limits.counts),
  capped: (found?.unread ?? 0) > limits.counts,
});

/**
 * Reads a bounded number of unread items, however many there are: unseen ones first, so that they are complete up to the cap.
 * The condition on `seen` is always true. Without it, DocumentDB does not choose the index of unread items.
 */
export async function countItems(items: Items, user: string, readOptions: ReadOptions): Promise<Counts> {
  const query = items.aggregate<{ unread: number; unseen: number }>([
    { $match: { user, unread: true, seen: anySeen } },
    { $sort: { seen: 1, at: -1 } },
    { $limit: COUNT_LIMIT },
    { $group: { _id: null, unread: { $sum: 1 }, unseen } },
  ]);
  const [found] = await mapReadErrors(query.option(readOptions).exec(), readOptions);
  return toCounts(found);
}

/**
 * Counts for many users. An aggregation reads every unread item of its users. So users whose last count was above the cap are
 * counted individually: that count stops at the cap.
 */
export function createUserCounter(items: Items): (users: readonly string[]) => Promise<Map<string, Counts>> {
  const overCap = new Set<string>();
  return async (users) => {
    const result = new Map<string, Counts>();
    const underCap = users.filter((user) => !overCap.has(user));
    const isFew = underCap.length <= CONCURRENCY;
    for (const batch of batchesOf(isFew ? [] : underCap, BATCH_SIZE)) {
      const found = await items.aggregate<{ _id: string; unread: number; unseen: number }>([
        { $match: { user: { $in: batch }, unread: true } },
        { $group: { _id: '$user', unread: { $sum: 1 }, unseen } },
      ]);
      for (const user of batch) result.set(user, toCounts(undefined));
      for (const each of found) result.set(each._id, toCounts(each));
    }
    const individual = isFew ? users : users.filter((user) => overCap.has(user));
    for (const batch of batchesOf(individual, CONCURRENCY)) {
      await Promise.all(batch.map(async (user) => result.set(user, await countItems(items, user, {}))));
    }
    for (const [user, { capped }] of result) {
      if (!capped) overCap.delete(user);
      else if (overCap.size < MAX_OVER_CAP_USERS) overCap.add(user);
    }
    return result;
  };
}
