import type { RemovedItem } from '../model.ts';
import type { FeedStore } from '../ports/feeds.ts';

/** An item that is to leave its feed, if it is there. */
export interface Removal extends Omit<RemovedItem, 'pos'> {
  /** A position: an item that came in, or was bumped, there or later stays. Default: none stays. */
  before?: number;
}

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
  let removed = 0;
  for (const [before, some] of byBound(removals)) {
    const ids = some.map((item) => item.id);
    removed += await feeds.remove(ids, pos, before);
  }
  if (removed === removals.length) {
    const changed = removals.map(({ id, user, action }) => ({ id, user, action, pos }));
    return { changed, existing: [], rest: [] };
  }
  const gone = await feeds.removedByIds(removals.map((item) => item.id));
  const isGone = new Set(gone.map((item) => item.id));
  const others = removals.filter((item) => !isGone.has(item.id));
  const found = others.length === 0 ? [] : await feeds.byIds(others.map((item) => item.id));
  const left = new Map(found.map((item) => [item.id, item]));
  return {
    changed: gone.filter((item) => item.pos === pos),
    existing: gone.filter((item) => item.pos !== pos),
    rest: others.filter(({ id, before = Infinity }) => (left.get(id)?.entered ?? Infinity) < before),
  };
}

function byBound(removals: readonly Removal[]): Map<number | undefined, Removal[]> {
  const groups = new Map<number | undefined, Removal[]>();
  for (const removal of removals) {
    const group = groups.get(removal.before);
    if (group) group.push(removal);
    else groups.set(removal.before, [removal]);
  }
  return groups;
}
