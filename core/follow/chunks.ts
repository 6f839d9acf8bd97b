import type { StoredAction } from '../model.ts';
import type { ActionPlace, ActionStore } from '../ports/stores.ts';

export interface ActionChunk {
  actions: StoredAction[];
  /** Everything up to here was in this chunk or one before it. */
  upTo: ActionPlace;
}

/** Longer than any history: no bound at all. */
const MOST_SPAN_MS = 100 * 365 * 86_400_000;
/** How much longer a stretch of time is looked at where there is less in it than asked for. */
const WIDER = 4;

/**
 * The actions about an object or class behind a place, newest first, up to `size` at a time. Each chunk is asked for within a
 * stretch of time that probably holds as many: some engines sort all that matches before they give the first.
 */
export async function* actionChunks(
  store: ActionStore,
  key: string,
  start: ActionPlace | null,
  size: number,
): AsyncIterable<ActionChunk> {
  let after = start;
  let span = Infinity;
  for (;;) {
    const since = after && span < MOST_SPAN_MS ? after.time - span : undefined;
    const actions = await store.find({ key, after, limit: size, ...(since !== undefined && { since }) });
    const [newest, oldest] = [actions.at(0), actions.at(-1)];
    const isAll = actions.length < size;
    if (isAll && since !== undefined) {
      after = { time: since, id: '' };
      span *= WIDER;
    } else if (newest && oldest) {
      after = { time: oldest.timestamp, id: oldest.id };
      span = Math.max(1, 2 * (newest.timestamp - oldest.timestamp));
    }
    if (after && actions.length > 0) yield { actions, upTo: after };
    if (isAll && since === undefined) return;
  }
}
