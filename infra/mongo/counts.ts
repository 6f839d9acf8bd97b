import type { Counts } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Models } from './models.ts';
import type { ReadOptions } from './reads.ts';

/** One more than the cap tells that it is passed. */
const SCAN = limits.counts + 1;
/** Users whose unread items are counted at a time, one query each. */
const PARALLEL = 8;
/** Users counted in one query: the time for a list of them grows faster than the list. */
const TOGETHER = 100;
/** Users remembered as having very many unread items. */
const MOST_REMEMBERED = 10_000;

const unseen = { $sum: { $cond: ['$seen', 0, 1] } };

const toCounts = (found: { unread: number; unseen: number } | undefined): Counts => ({
  unread: Math.min(found?.unread ?? 0, limits.counts),
  unseen: Math.min(found?.unseen ?? 0, limits.counts),
  capped: (found?.unread ?? 0) > limits.counts,
});

/** Looks at 1,000 unread items at the most, however many there are. */
export async function countItems(
  items: Models['items'],
  user: string,
  reads: ReadOptions = {},
): Promise<Counts> {
  const query = items.aggregate<{ unread: number; unseen: number }>([
    { $match: { user, unread: true } },
    { $limit: SCAN },
    { $group: { _id: null, unread: { $sum: 1 }, unseen } },
  ]);
  const [found] = await query.option(reads).exec();
  const counts = toCounts(found);
  if (!counts.capped) return counts;
  // Of those beyond, some may be unseen.
  const filter = { user, unread: true, seen: false };
  const all = await items.countDocuments(filter, { limit: SCAN }).setOptions(reads);
  return { ...counts, unseen: Math.min(all, limits.counts) };
}

/**
 * Counts of many users. One aggregation reads every unread item of its users, so users who were last seen above
 * the cap are counted on their own, where the count stops at the cap.
 */
export class UserCounts {
  readonly #items: Models['items'];
  readonly #many = new Set<string>();

  constructor(items: Models['items']) {
    this.#items = items;
  }

  async of(users: readonly string[]): Promise<Map<string, Counts>> {
    const answer = new Map<string, Counts>();
    const few = users.filter((user) => !this.#many.has(user));
    const alone = few.length <= PARALLEL ? users : users.filter((user) => this.#many.has(user));
    for (let start = 0; few.length > PARALLEL && start < few.length; start += TOGETHER) {
      await this.#together(few.slice(start, start + TOGETHER), answer);
    }
    for (let start = 0; start < alone.length; start += PARALLEL) {
      await Promise.all(
        alone.slice(start, start + PARALLEL).map(async (user) => {
          answer.set(user, await countItems(this.#items, user));
        }),
      );
    }
    for (const [user, counts] of answer) this.#remember(user, counts);
    return answer;
  }

  async #together(users: readonly string[], answer: Map<string, Counts>): Promise<void> {
    const found = await this.#items.aggregate<{ _id: string; unread: number; unseen: number }>([
      { $match: { user: { $in: [...users] }, unread: true } },
      { $group: { _id: '$user', unread: { $sum: 1 }, unseen } },
    ]);
    for (const user of users) answer.set(user, toCounts(undefined));
    for (const each of found) answer.set(each._id, toCounts(each));
  }

  #remember(user: string, counts: Counts): void {
    if (!counts.capped) this.#many.delete(user);
    else if (this.#many.size < MOST_REMEMBERED) this.#many.add(user);
  }
}
