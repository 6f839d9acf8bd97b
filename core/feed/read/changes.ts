/** Reads the changes of a feed since a position (decision 7). */
import type { FeedChanges } from '../../../protocol/entities.ts';
import { limits } from '../../../protocol/limits.ts';
import { checkSelf, type Principal } from '../../access/principal.ts';
import type { StoredItem } from '../../model/entities.ts';
import {
  formatComplete,
  formatContinuing,
  overlapWindow,
  parsePosition,
  REMOVED_REPORTED_MS,
} from '../../model/positions.ts';
import { earlier, positionBefore, toMicros } from '../../model/units.ts';
import { yieldToEventLoop } from '../../paging/event-loop.ts';
import type { DisplayDeps, FeedDeps } from '../../ports/deps.ts';
import { isRemoved } from '../../ports/feeds.ts';
import { displaysFor } from '../../rendering/displays.ts';
import { presentItem } from '../../rendering/present.ts';
import { joinActions } from './join-actions.ts';

/** With more changes than this, the client should reload the feed. */
const MAX_CHANGES = 5_000;

/** @throws HubError forbidden, invalid_input */
export async function feedChanges(
  deps: FeedDeps & DisplayDeps,
  principal: Principal,
  user: string,
  query: { position: string; locale?: string },
): Promise<FeedChanges> {
  checkSelf(principal, 'feed', user);
  const requested = parsePosition(query.position);
  const from = overlapWindow(requested);
  const stores = deps.spaces.reader(principal.space, principal.call?.signal);
  // Taken before everything else is read. Later changes follow after this position.
  const watermark = await deps.clock.watermark(principal.space, user);
  const [found, counts, resyncBefore] = await Promise.all([
    stores.feeds.changes(user, from, limits.changes + 1),
    stores.feeds.counts(user),
    stores.feeds.resyncBefore(user),
  ]);
  // Fixed by the first page: a write that was in flight then may have a position below that of a later page.
  const finalPosition = requested.finalPosition ?? watermark;
  const exceedsPage = found.length > limits.changes;
  // A reset is ordered like any change: a client with a complete position after it has reloaded, or had no
  // need to. A push may have overtaken the reset, so a plain position only proves what the overlap window
  // covers. A continuing position was checked when its first page was read.
  const knownPosition = requested.isComplete ? requested.position : from.position;
  const needsResync =
    requested.position < deps.clock.epochOf(principal.space) ||
    (requested.finalPosition ?? knownPosition) < resyncBefore ||
    earlier(from.position, finalPosition) < positionBefore(watermark, toMicros(REMOVED_REPORTED_MS));
  const isFirstPage = exceedsPage && requested.after === null;
  if (
    needsResync ||
    (isFirstPage && (await stores.feeds.countChanges(user, from, MAX_CHANGES + 1)) > MAX_CHANGES)
  ) {
    return { items: [], removed: [], counts, position: formatComplete(watermark), more: false, reset: true };
  }
  const listed: StoredItem[] = found.slice(0, limits.changes).filter((item) => !isRemoved(item));
  const { items: joined, processed } = await joinActions(
    { stores, findDisplays: displaysFor(deps, principal) },
    listed,
  );
  // If the items are too large for one response, the page ends with the last processed item.
  const isTruncated = processed < listed.length;
  const page = isTruncated ? upToItem(found, listed[processed - 1]?.id) : found.slice(0, limits.changes);
  const last = page.at(-1);
  const hasMore = exceedsPage || isTruncated;
  const ids = new Set(joined.map((item) => item.id));
  await yieldToEventLoop();
  return {
    items: joined.map((item) => presentItem(item, { handlers: deps.handlers, locale: query.locale })),
    removed: page.filter((item) => !ids.has(item.id)).map((item) => item.id),
    counts,
    position:
      hasMore && last
        ? formatContinuing(last.position, finalPosition, last.id)
        : formatComplete(finalPosition),
    more: hasMore,
    reset: false,
  };
}

const upToItem = <T extends { id: string }>(found: readonly T[], id: string | undefined): T[] =>
  found.slice(0, found.findIndex((item) => item.id === id) + 1);
