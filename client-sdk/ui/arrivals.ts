import type { FeedItem } from '../../protocol/entities.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';

/**
 * What came in on top between two snapshots of one feed, newest first: new items and bumped ones. The first page is
 * no arrival, nor are older items that were loaded or came back further down. Costs what arrived, not what is there.
 */
export function arrivalsOf(
  before: Pick<FeedSnapshot, 'items' | 'status'>,
  now: Pick<FeedSnapshot, 'items'>,
): readonly FeedItem[] {
  const [top] = before.items;
  if (now.items === before.items) return [];
  if (top === undefined) return before.status === 'ready' ? now.items : [];
  const end = now.items.findIndex(({ at, id }) => at < top.at || (at === top.at && id <= top.id));
  return now.items.slice(0, end < 0 ? now.items.length : end);
}
