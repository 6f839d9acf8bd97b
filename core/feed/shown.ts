import type { ShownItem, StoredItem } from '../model.ts';
import type { Stores } from '../ports/stores.ts';
import { sizesOf } from '../size.ts';

/**
 * Characters of actions that one answer shows, about. Most actions have some hundred, but a hundred of the largest would be
 * 100 MB, several times over while they are read, presented and sent.
 */
export const MOST_SHOWN = 8_388_608;
/** Actions read at first, until it is known how large they are, and by how much more at a time after that. */
const FIRST = 25;
const GROWTH = 4;

export interface Shown {
  items: ShownItem[];
  /** How many of those given were looked up: all, or as many as one answer shows. */
  read: number;
}

/** Joins items to the actions they show; an item whose action is gone is not shown. */
export async function withActions(stores: Stores, items: readonly StoredItem[]): Promise<Shown> {
  const shown: ShownItem[] = [];
  let [read, held] = [0, 0];
  for (let step = FIRST; read < items.length && held < MOST_SHOWN; ) {
    const some = items.slice(read, read + step);
    const actions = await stores.actions.byIds([...new Set(some.map((item) => item.action))]);
    for (const item of some) {
      read += 1;
      const action = actions.get(item.action);
      if (action) {
        shown.push({ ...item, shown: action });
        held += sizesOf(action).all;
      }
      if (held >= MOST_SHOWN) break;
    }
    const each = Math.max(1, held / read);
    step = Math.min(Math.ceil((MOST_SHOWN - held) / each), step * GROWTH);
  }
  return { items: shown, read };
}
