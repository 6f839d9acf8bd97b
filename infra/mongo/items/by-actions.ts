import type { StoredItem } from '../../../core/model/entities.ts';
import { batchesOf } from '../../batches.ts';
import { type ItemDoc, type Items, inFeed, toItem } from './document.ts';

/** Below this share of matching items, reading one action at a time is cheaper than reading the range. */
const MIN_HIT_RATIO = 0.1;
/** Actions read at a time. */
const CONCURRENCY = 8;

/** The id of an item begins with the id of its action and a colon. `;` follows the colon in byte order. */
const lowerBound = (action: string): string => `${action}:`;
const upperBound = (action: string): string => `${action};`;
/** Returns the exclusive lower bound for the action's items, given that items up to `lastId` were read. */
const scanStart = (lastId: string, action: string): string =>
  lastId < lowerBound(action) ? lowerBound(action) : lastId;

/**
 * Returns items of these actions in order of their ids, after `after`. Items of one action are adjacent by `_id`, and items of
 * actions that were logged together are close. So one range scan reads them while most of the scanned items match. Otherwise each
 * action is read separately.
 */
export async function itemsOfActions(
  items: Items,
  actions: readonly string[],
  after: string | null,
  limit: number,
): Promise<StoredItem[]> {
  const actionSet = new Set(actions);
  let remaining = [...actionSet]
    .sort((left, right) => (lowerBound(left) < lowerBound(right) ? -1 : 1))
    .filter((action) => after === null || upperBound(action) > after);
  let lastId = after ?? '';
  const found: StoredItem[] = [];
  while (remaining.length > 0 && found.length < limit) {
    const [first = '', last = first] = [remaining[0], remaining.at(-1)];
    const docs = await readRange(items, [scanStart(lastId, first), upperBound(last)], limit);
    const matches = docs.filter((doc) => actionSet.has(doc.action)).flatMap((doc) => toItem(doc) ?? []);
    found.push(...matches);
    const lastRead = docs.at(-1)?._id;
    if (docs.length < limit || lastRead === undefined) break;
    lastId = lastRead;
    remaining = remaining.filter((action) => upperBound(action) > lastRead);
    if (matches.length < docs.length * MIN_HIT_RATIO) {
      found.push(...(await readEachAction(items, remaining, lastId, limit - found.length)));
      break;
    }
  }
  return found.slice(0, limit);
}

async function readEachAction(
  items: Items,
  actions: readonly string[],
  lastId: string,
  limit: number,
): Promise<StoredItem[]> {
  const found: StoredItem[] = [];
  for (const batch of batchesOf(actions, CONCURRENCY)) {
    if (found.length >= limit) break;
    const pages = batch.map((action) =>
      readRange(items, [scanStart(lastId, action), upperBound(action)], limit),
    );
    for (const docs of await Promise.all(pages)) found.push(...docs.flatMap((doc) => toItem(doc) ?? []));
  }
  return found;
}

/** Reads items in feeds between the bounds. Both bounds are exclusive. */
const readRange = (
  items: Items,
  [above, below]: readonly [string, string],
  limit: number,
): Promise<ItemDoc[]> =>
  items
    .find({ _id: { $gt: above, $lt: below }, ...inFeed })
    .sort({ _id: 1 })
    .limit(limit)
    .batchSize(limit)
    .lean();
