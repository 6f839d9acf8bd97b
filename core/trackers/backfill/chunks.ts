import type { StoredAction } from '../../model/entities.ts';
import { scanByTimeRange } from '../../paging/time-ranges.ts';
import type { ActionCursor, ActionStore } from '../../ports/stores.ts';

export interface ActionChunk {
  actions: StoredAction[];
  /** All actions up to this cursor were in this chunk or an earlier one. */
  upTo: ActionCursor;
}

/**
 * Yields the actions of an object or class after the cursor `start`, newest first, in chunks of up to `size`.
 */
export async function* actionChunks(
  store: ActionStore,
  key: string,
  start: ActionCursor | null,
  size: number,
): AsyncIterable<ActionChunk> {
  const ranges = scanByTimeRange<StoredAction>({
    read: ({ after, since, limit }) =>
      store.find({ key, after, limit, ...(since !== undefined && { since }) }),
    cursorOf: ({ timestamp, id }) => ({ time: timestamp, id }),
    start,
    pageSize: size,
  });
  for await (const { entries, upTo } of ranges) yield { actions: entries, upTo };
}
