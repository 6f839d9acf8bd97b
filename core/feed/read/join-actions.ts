import type { ItemWithAction, StoredItem } from '../../model/entities.ts';
import { sizesOf } from '../../model/size.ts';
import type { Stores } from '../../ports/stores.ts';
import { displayActions, type FindDisplays } from '../../rendering/displays.ts';

/**
 * Characters of the actions in one response, approximately. Most actions have a few hundred. A page of the
 * largest would need 100 MB, several times over.
 */
export const MAX_JOINED_CHARS = 8_388_608;
/** Actions in the first batch. Later batches grow by the factor, limited by the average size seen so far. */
const INITIAL_BATCH_SIZE = 25;
const BATCH_GROWTH = 4;

/** What a page of a feed is read from. */
export interface FeedSource {
  stores: Stores;
  /** Its actions show the registered displays, which count towards their sizes. */
  findDisplays: FindDisplays;
}

export interface JoinResult {
  items: ItemWithAction[];
  /** The number of given items that were processed: all, or as many as fit into one response. */
  processed: number;
}

/** Joins items to their actions. Omits items whose action was deleted. */
export async function joinActions(
  { stores, findDisplays }: FeedSource,
  items: readonly StoredItem[],
): Promise<JoinResult> {
  const joined: ItemWithAction[] = [];
  let [processed, chars] = [0, 0];
  for (let batchSize = INITIAL_BATCH_SIZE; processed < items.length && chars < MAX_JOINED_CHARS; ) {
    const batch = items.slice(processed, processed + batchSize);
    const found = await stores.actions.byIds([...new Set(batch.map((item) => item.action))]);
    const displayed = await displayActions(findDisplays, [...found.values()]);
    const actions = new Map(displayed.map((action) => [action.id, action]));
    for (const item of batch) {
      processed += 1;
      const action = actions.get(item.action);
      if (action) {
        joined.push({ ...item, shownAction: action });
        chars += sizesOf(action).total;
      }
      if (chars >= MAX_JOINED_CHARS) break;
    }
    const averageChars = Math.max(1, chars / processed);
    batchSize = Math.min(Math.ceil((MAX_JOINED_CHARS - chars) / averageChars), batchSize * BATCH_GROWTH);
  }
  return { items: joined, processed };
}
