import type { RemovedItem } from '../model.ts';
import type { FeedStore } from '../ports/feeds.ts';

/** An item that is to leave its feed, if it is there. */
export type Removal = Omit<RemovedItem, 'pos'>;

export interface Departed {
  /** Removed now, under the position given. */
  changed: RemovedItem[];
  /** Those that were removed already. */
  existing: RemovedItem[];
  /** Something else came in between: to be tried again under a later position. */
  rest: Removal[];
}

/** Takes items out of feeds. */
export async function depart(feeds: FeedStore, removals: readonly Removal[], pos: number): Promise<Departed> {
  if (removals.length === 0) return { changed: [], existing: [], rest: [] };
  const ids = removals.map((item) => item.id);
  if ((await feeds.remove(ids, pos)) === ids.length) {
    return { changed: removals.map((item) => ({ ...item, pos })), existing: [], rest: [] };
  }
  const gone = await feeds.removedByIds(ids);
  const isGone = new Set(gone.map((item) => item.id));
  const others = removals.filter((item) => !isGone.has(item.id));
  const left = others.length === 0 ? [] : await feeds.byIds(others.map((item) => item.id));
  const isLeft = new Set(left.map((item) => item.id));
  return {
    changed: gone.filter((item) => item.pos === pos),
    existing: gone.filter((item) => item.pos !== pos),
    rest: others.filter((item) => isLeft.has(item.id)),
  };
}
