import type { ShownItem, StoredItem } from '../model.ts';
import type { Stores } from '../ports/stores.ts';

/** Joins items to the actions they show; an item whose action is gone is not shown. */
export async function withActions(stores: Stores, items: readonly StoredItem[]): Promise<ShownItem[]> {
  if (items.length === 0) return [];
  const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
  return items.flatMap((item) => {
    const shown = actions.get(item.action);
    return shown ? [{ ...item, shown }] : [];
  });
}
