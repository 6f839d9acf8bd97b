/** Gives items a new position because what they show changed. */
import type { StoredItem } from '../model.ts';
import type { FeedStore } from '../ports/feeds.ts';
import type { Removal } from './depart.ts';

export interface Stirred {
  /** As they are now, all under the position given. */
  changed: StoredItem[];
  /** Something else came in between: to be tried again under a later position. */
  rest: Removal[];
}

export async function stir(feeds: FeedStore, touched: readonly Removal[], pos: number): Promise<Stirred> {
  if (touched.length === 0) return { changed: [], rest: [] };
  const ids = touched.map((item) => item.id);
  await feeds.touch(ids, pos);
  const found = new Map((await feeds.byIds(ids)).map((item) => [item.id, item]));
  return {
    changed: [...found.values()].filter((item) => item.pos === pos),
    rest: touched.filter((item) => (found.get(item.id)?.pos ?? pos) > pos),
  };
}
