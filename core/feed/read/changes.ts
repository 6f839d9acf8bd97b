/** Reads the changes of a feed since a position (decision 7). */
import type { FeedChanges } from '../../../protocol/entities.ts';
import { limits } from '../../../protocol/limits.ts';
import { checkSelf, type Principal } from '../../access/principal.ts';
import type { StoredItem } from '../../model/entities.ts';
import {
  formatComplete,
  formatContinuing,
  overlapWindow,
  type ParsedPosition,
  parsePosition,
  REMOVED_REPORTED_MS,
} from '../../model/positions.ts';
import { earlier, positionBefore, toMicros } from '../../model/units.ts';
import { yieldToEventLoop } from '../../paging/event-loop.ts';
import type { ChangesDeps } from '../../ports/deps.ts';
import { isRemoved } from '../../ports/feeds.ts';
import type { FeedState, Resume } from '../../ports/resumes.ts';
import type { Stores } from '../../ports/stores.ts';
import { displaysFor } from '../../rendering/displays.ts';
import { presentItem } from '../../rendering/present.ts';
import { joinActions } from './join-actions.ts';

/** With more changes than this, the client should reload the feed. */
const MAX_CHANGES = 5_000;

/** @throws HubError forbidden, invalid_input */
export async function feedChanges(
  deps: ChangesDeps,
  principal: Principal,
  user: string,
  query: { position: string; locale?: string },
): Promise<FeedChanges> {
  checkSelf(principal, 'feed', user);
  const requested = parsePosition(query.position);
  const resume = { user, from: overlapWindow(requested) };
  const respond = async (state: FeedState | null): Promise<FeedChanges> => {
    const stores = deps.spaces.reader(principal.space, principal.call?.signal);
    const read = state ?? (await readState(deps, stores, principal, resume));
    return await toResponse(deps, principal, { ...resume, stores, requested, locale: query.locale }, read);
  };
  return deps.resumes ? await deps.resumes.inTurn(principal, resume, respond) : await respond(null);
}

async function readState(
  { clock }: ChangesDeps,
  { feeds, actions }: Stores,
  { space }: Principal,
  { user, from }: Resume,
): Promise<FeedState> {
  // Taken before everything else is read. Later changes follow after this position.
  const watermark = await clock.watermark(space, user);
  const [changes, counts, resyncBefore] = await Promise.all([
    feeds.changes(user, from, limits.changes + 1),
    feeds.counts(user),
    feeds.resyncBefore(user),
  ]);
  return { watermark, changes, counts, resyncBefore, actions };
}

interface ChangesRequest extends Resume {
  stores: Stores;
  requested: ParsedPosition;
  locale: string | undefined;
}

async function toResponse(
  deps: ChangesDeps,
  principal: Principal,
  { user, from, stores, requested, locale }: ChangesRequest,
  { watermark, changes: found, counts, resyncBefore, actions }: FeedState,
): Promise<FeedChanges> {
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
    { stores: { actions }, findDisplays: displaysFor(deps, principal) },
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
    items: joined.map((item) => presentItem(item, { handlers: deps.handlers, locale })),
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
