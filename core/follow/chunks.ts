import type { StoredAction } from '../model.ts';
import type { ActionPlace, ActionStore } from '../ports/stores.ts';
import { stretches } from '../stretches.ts';

export interface ActionChunk {
  actions: StoredAction[];
  /** Everything up to here was in this chunk or one before it. */
  upTo: ActionPlace;
}

/** The actions about an object or class behind a place, newest first, up to `size` at a time. */
export async function* actionChunks(
  store: ActionStore,
  key: string,
  start: ActionPlace | null,
  size: number,
): AsyncIterable<ActionChunk> {
  const all = stretches<StoredAction>({
    read: ({ after, since, limit }) =>
      store.find({ key, after, limit, ...(since !== undefined && { since }) }),
    placeOf: ({ timestamp, id }) => ({ time: timestamp, id }),
    start,
    size,
  });
  for await (const { entries, upTo } of all) yield { actions: entries, upTo };
}
