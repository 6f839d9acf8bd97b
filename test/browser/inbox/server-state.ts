import type { Counts, FeedItem } from '../../../protocol/entities.ts';

/** The parts of a feed that must be equal in a page and on the server. */
export interface ServerState {
  items: Array<Pick<FeedItem, 'id' | 'unread' | 'seen'>>;
  counts: Counts;
}

export const marksOf = (items: readonly FeedItem[]): ServerState['items'] =>
  items.map(({ id, unread, seen }) => ({ id, unread, seen }));
