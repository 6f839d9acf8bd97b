import type { FeedItem, FeedSnapshot } from '@hubbub/client';

/**
 * Finds the items that appeared on top between two snapshots of one feed, newest first: new and bumped items. The first
 * page does not count, nor do older items that were loaded or restored further down. Takes time proportional to the
 * result.
 */
export function findNewItems(
  before: Pick<FeedSnapshot, 'items' | 'status'>,
  now: Pick<FeedSnapshot, 'items'>,
): readonly FeedItem[] {
  const [top] = before.items;
  if (now.items === before.items) return [];
  if (top === undefined) return before.status === 'ready' ? now.items : [];
  const end = now.items.findIndex(({ at, id }) => at < top.at || (at === top.at && id <= top.id));
  return now.items.slice(0, end < 0 ? now.items.length : end);
}
