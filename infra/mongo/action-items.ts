import type { StoredItem } from '../../core/model.ts';
import { type ItemDoc, itemOf } from './item-docs.ts';
import type { Models } from './models.ts';

/** Below this share of wanted items, what lies between the actions is not worth reading. */
const WORTH = 0.1;
const PARALLEL = 8;

/** Their ids begin with the action's and a colon. */
const lower = (action: string): string => `${action}:`;
const upper = (action: string): string => `${action};`;
/** Where to begin with an action's items, those up to `low` being done. */
const behind = (low: string, action: string): string => (low < lower(action) ? lower(action) : low);

/**
 * Items of these actions by id, behind `after`. An action's items lie together by `_id`, and those of actions that were
 * logged together lie near: so they are read in one go as long as there is not much else in between, and otherwise
 * action by action.
 */
export async function itemsOfActions(
  items: Models['items'],
  actions: readonly string[],
  after: string | null,
  limit: number,
): Promise<StoredItem[]> {
  const wanted = new Set(actions);
  let ahead = [...wanted]
    .sort((left, right) => (lower(left) < lower(right) ? -1 : 1))
    .filter((action) => after === null || upper(action) > after);
  let low = after ?? '';
  const found: StoredItem[] = [];
  while (ahead.length > 0 && found.length < limit) {
    const [first = '', last = first] = [ahead[0], ahead.at(-1)];
    const docs = await read(items, [behind(low, first), upper(last)], limit);
    const kept = docs.filter((doc) => wanted.has(doc.action)).flatMap((doc) => itemOf(doc) ?? []);
    found.push(...kept);
    const end = docs.at(-1)?._id;
    if (docs.length < limit || end === undefined) break;
    low = end;
    ahead = ahead.filter((action) => upper(action) > end);
    if (kept.length < docs.length * WORTH) {
      found.push(...(await oneByOne(items, ahead, low, limit - found.length)));
      break;
    }
  }
  return found.slice(0, limit);
}

async function oneByOne(
  items: Models['items'],
  actions: readonly string[],
  low: string,
  limit: number,
): Promise<StoredItem[]> {
  const found: StoredItem[] = [];
  for (let start = 0; start < actions.length && found.length < limit; start += PARALLEL) {
    const some = actions.slice(start, start + PARALLEL).map((action) => {
      return read(items, [behind(low, action), upper(action)], limit);
    });
    for (const docs of await Promise.all(some)) found.push(...docs.flatMap((doc) => itemOf(doc) ?? []));
  }
  return found;
}

/** Of the items in feeds between the bounds, both exclusive. */
const read = (
  items: Models['items'],
  [above, below]: readonly [string, string],
  limit: number,
): Promise<ItemDoc[]> =>
  items
    .find({ _id: { $gt: above, $lt: below }, user: { $exists: true } })
    .sort({ _id: 1 })
    .limit(limit)
    .batchSize(limit)
    .lean();
