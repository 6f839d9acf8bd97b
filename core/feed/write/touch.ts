/** Gives items a new position because the content of their actions changed. */
import type { StoredItem } from '../../model/entities.ts';
import type { Position } from '../../model/units.ts';
import type { FeedStore } from '../../ports/feeds.ts';
import type { ItemRef } from './item-draft.ts';

export interface TouchResult {
  /** The current state of the changed items, all under the given position. */
  changed: StoredItem[];
  /** A concurrent write changed these. Retry them under a later position. */
  conflicts: ItemRef[];
}

export async function touchItems(
  feeds: FeedStore,
  touches: readonly ItemRef[],
  position: Position,
): Promise<TouchResult> {
  if (touches.length === 0) return { changed: [], conflicts: [] };
  const ids = touches.map((item) => item.id);
  await feeds.touch(ids, position);
  const found = new Map((await feeds.byIds(ids)).map((item) => [item.id, item]));
  return {
    changed: [...found.values()].filter((item) => item.position === position),
    conflicts: touches.filter((item) => (found.get(item.id)?.position ?? position) > position),
  };
}
