import type { Counts, FeedItem } from '../../../protocol/entities.ts';

/** A feed as far as a page and a fresh load of it have to be the same. */
export interface Truth {
  items: Array<Pick<FeedItem, 'id' | 'unread' | 'seen'>>;
  counts: Counts;
}

export const marksOf = (items: readonly FeedItem[]): Truth['items'] =>
  items.map(({ id, unread, seen }) => ({ id, unread, seen }));
