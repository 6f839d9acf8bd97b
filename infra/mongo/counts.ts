import type { Counts } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Models } from './models.ts';
import type { ReadOptions } from './read-options.ts';

/** One more than the cap, to detect counts above it. */
const COUNT_LIMIT = limits.counts + 1;
/** Concurrent queries that count one user each. */
const CONCURRENCY = 8;
/** Users per aggregation. Query time grows faster than the number of users. */
const BATCH_SIZE = 100;
/** Maximum number of users remembered as above the cap. */
const MAX_OVER_CAP_USERS = 10_000;

const unseen = { $sum: { $cond: ['$seen', 0, 1] } };

const toCounts = (found: { unread: number; unseen: number } | undefined): Counts => ({
  unread: Math.min(found?.unread ?? 0, limits.counts),
  unseen: Math.min(found?.unseen ?? 0, limits.counts),
  capped: (found?.unread ?? 0) > limits.counts,
});

/** Reads a bounded number of unread items, however many there are. */
export async function countItems(
  items: Models['items'],
  user: string,
  readOptions: ReadOptions = {},
): Promise<Counts> {
  const query = items.aggregate<{ unread: number; unseen: number }>([
    { $match: { user, unread: true } },
    { $limit: COUNT_LIMIT },
    { $group: { _id: null, unread: { $sum: 1 }, unseen } },
  ]);
  const [found] = await query.option(readOptions).exec();
  const counts = toCounts(found);
  if (!counts.capped) return counts;
  // Unread items beyond the limit may be unseen.
  const filter = { user, unread: true, seen: false };
  const unseenCount = await items.countDocuments(filter, { limit: COUNT_LIMIT }).setOptions(readOptions);
  return { ...counts, unseen: Math.min(unseenCount, limits.counts) };
}

/**
 * Counts for many users. An aggregation reads every unread item of its users. So users whose last count was above the cap are
 * counted individually: that count stops at the cap.
 */
export class UserCounts {
  readonly #items: Models['items'];
  readonly #overCap = new Set<string>();

  constructor(items: Models['items']) {
    this.#items = items;
  }

  async of(users: readonly string[]): Promise<Map<string, Counts>> {
    const result = new Map<string, Counts>();
    const underCap = users.filter((user) => !this.#overCap.has(user));
    const individual =
      underCap.length <= CONCURRENCY ? users : users.filter((user) => this.#overCap.has(user));
    for (let start = 0; underCap.length > CONCURRENCY && start < underCap.length; start += BATCH_SIZE) {
      await this.#countBatch(underCap.slice(start, start + BATCH_SIZE), result);
    }
    for (let start = 0; start < individual.length; start += CONCURRENCY) {
      await Promise.all(
        individual.slice(start, start + CONCURRENCY).map(async (user) => {
          result.set(user, await countItems(this.#items, user));
        }),
      );
    }
    for (const [user, counts] of result) this.#updateOverCap(user, counts);
    return result;
  }

  async #countBatch(users: readonly string[], result: Map<string, Counts>): Promise<void> {
    const found = await this.#items.aggregate<{ _id: string; unread: number; unseen: number }>([
      { $match: { user: { $in: [...users] }, unread: true } },
      { $group: { _id: '$user', unread: { $sum: 1 }, unseen } },
    ]);
    for (const user of users) result.set(user, toCounts(undefined));
    for (const each of found) result.set(each._id, toCounts(each));
  }

  #updateOverCap(user: string, counts: Counts): void {
    if (!counts.capped) this.#overCap.delete(user);
    else if (this.#overCap.size < MAX_OVER_CAP_USERS) this.#overCap.add(user);
  }
}
