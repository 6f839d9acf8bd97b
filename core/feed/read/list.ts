/** Lists a feed, page by page. */
import type { FeedPage } from '../../../protocol/entities.ts';
import type { ParsedFeedQuery } from '../../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../../access/principal.ts';
import { matchesConditions, toList } from '../../actions/conditions.ts';
import type { ItemWithAction, StoredItem } from '../../model/entities.ts';
import { compareNewestFirst, isInState } from '../../model/item-states.ts';
import { itemId, keyOf } from '../../model/keys.ts';
import { levelOf } from '../../model/levels.ts';
import { formatComplete, formatPosition } from '../../model/positions.ts';
import { sizesOf } from '../../model/size.ts';
import { formatCursor, parseCursor, type TimeCursor } from '../../paging/cursor.ts';
import { yieldToEventLoop } from '../../paging/event-loop.ts';
import { INITIAL_SPAN_MS, ScanBudget, scanByTimeRange } from '../../paging/time-ranges.ts';
import type { ActionConditions } from '../../ports/actions.ts';
import type { DisplayDeps, FeedDeps } from '../../ports/deps.ts';
import type { ItemScan } from '../../ports/feeds.ts';
import type { Stores } from '../../ports/stores.ts';
import { displaysFor } from '../../rendering/displays.ts';
import { presentItem } from '../../rendering/present.ts';
import { type FeedSource, joinActions, MAX_JOINED_CHARS } from './join-actions.ts';
import { isAfter, itemCursor, scanFeed, scanWithOwn } from './scan.ts';

/** Items filtered per batch. */
const SCAN_BATCH_SIZE = 1_000;
/** Items filtered per batch with the user's own actions, which are loaded completely. */
const OWN_SCAN_BATCH_SIZE = 100;
/** Up to this many actions of an object, items are looked up by their ids. */
const MAX_LOOKUP_ACTIONS = 1_000;

/** @throws HubError forbidden, invalid_input */
export async function listFeed(
  deps: FeedDeps & DisplayDeps,
  principal: Principal,
  user: string,
  query: ParsedFeedQuery,
): Promise<FeedPage> {
  checkSelf(principal, 'feed', user);
  const after = parseCursor(query.cursor);
  const { unread, state = 'inbox', since, until, limit } = query;
  const bounds = { user, unread, state, since, until };
  const filter = toFilter(query, deps);
  const stores = deps.spaces.reader(principal.space, principal.call?.signal);
  // Taken before the items are read, so the response never claims a position later than its content.
  const position = await deps.clock.watermark(principal.space, user);
  const [page, counts] = await Promise.all([
    collectPage(
      { deps, stores, findDisplays: displaysFor(deps, principal), bounds, after, limit, filter },
      // The user's own actions count as read and as in the inbox, so other lists contain none.
      query.includeOwn === true && unread !== true && (state === 'inbox' || state === 'all'),
    ),
    stores.feeds.counts(user),
  ]);
  await yieldToEventLoop();
  return {
    items: page.items.map((item) => presentItem(item, { handlers: deps.handlers, locale: query.locale })),
    nextCursor: page.next && formatCursor(page.next),
    counts,
    // A later page does not contain the changes since the first, so its position is not complete.
    position: after ? formatPosition(position) : formatComplete(position),
  };
}

function toFilter(query: ParsedFeedQuery, deps: FeedDeps): ActionConditions | null {
  const { verb, object } = query;
  const level = query.level === undefined ? null : levelOf(query.level, deps.settings, 'level');
  if (verb === undefined && object === undefined && level === null) return null;
  return {
    ...(verb && { verbs: verb }),
    ...(level !== null && { level }),
    ...(object && { key: keyOf(object) }),
  };
}

interface FeedItemPage {
  items: ItemWithAction[];
  next: TimeCursor | null;
}

interface ListRequest extends FeedSource {
  deps: FeedDeps;
  bounds: Omit<ItemScan, 'after' | 'limit'>;
  after: TimeCursor | null;
  limit: number;
  filter: ActionConditions | null;
}

function collectPage(request: ListRequest, withOwn: boolean): Promise<FeedItemPage> {
  if (withOwn) return collectWithOwn(request);
  return request.filter ? collectMatching(request, request.filter) : collectAll(request);
}

async function collectAll({ bounds, after: start, limit, ...source }: ListRequest): Promise<FeedItemPage> {
  const page = new PageBuilder(limit);
  for (let after = start; ; ) {
    // One extra item shows whether there is a next page.
    const chunk = await scanFeed(source, { ...bounds, after, limit: page.remaining + 1 });
    if (page.add(chunk.items)) return page.finish();
    if (chunk.next === null || page.isTooLarge) return { items: page.items, next: chunk.next };
    after = chunk.next;
  }
}

/**
 * Filters test actions, but items contain only action ids. If the filter names an object with few actions,
 * looks up their items. Otherwise scans the feed, and the store filters the actions.
 */
async function collectMatching(request: ListRequest, filter: ActionConditions): Promise<FeedItemPage> {
  const { stores, bounds, after, limit } = request;
  const lookedUp = await fewItems(request, filter);
  if (lookedUp) return toPage(request, lookedUp, null);
  const found: StoredItem[] = [];
  const budget = new ScanBudget();
  const ranges = scanByTimeRange<StoredItem>({
    read: (range) => stores.feeds.scan({ ...bounds, ...range }),
    cursorOf: itemCursor,
    start: after,
    since: bounds.since,
    pageSize: SCAN_BATCH_SIZE,
    initialSpanMs: INITIAL_SPAN_MS,
  });
  for await (const { entries, upTo } of ranges) {
    found.push(...(await filterMatching(stores, entries, filter)));
    if (found.length > limit) return toPage(request, found, null);
    if (!budget.spend(entries.length)) return toPage(request, found, upTo);
  }
  return toPage(request, found, null);
}

/** Returns all matching items, newest first; null if the object has too many actions to look up. */
async function fewItems(
  { stores, bounds, after }: ListRequest,
  { key, ...rest }: ActionConditions,
): Promise<StoredItem[] | null> {
  const [object] = toList(key);
  if (object === undefined) return null;
  const ids = await stores.actions.idsByKey(object, MAX_LOOKUP_ACTIONS + 1);
  if (ids.length > MAX_LOOKUP_ACTIONS) return null;
  const { user, unread, state = 'inbox', since, until } = bounds;
  const items = (await stores.feeds.byIds(ids.map((id) => itemId(id, user)))).filter(
    (item) =>
      (unread === undefined || item.unread === unread) &&
      isInState(item, state) &&
      (since === undefined || item.at >= since) &&
      (until === undefined || item.at <= until) &&
      (after === null || isAfter(item, after)),
  );
  return filterMatching(stores, items.sort(compareNewestFirst), rest);
}

async function filterMatching(
  stores: Stores,
  items: readonly StoredItem[],
  filter: ActionConditions,
): Promise<StoredItem[]> {
  if (Object.keys(filter).length === 0) return [...items];
  const ids = items.map((item) => item.action);
  const matching = await stores.actions.filterMatching(ids, filter);
  return items.filter((item) => matching.has(item.action));
}

/** `next`: the cursor of the next page, if this page contains all found items. */
async function toPage(
  { limit, ...source }: FeedSource & Pick<ListRequest, 'limit'>,
  found: readonly StoredItem[],
  next: TimeCursor | null,
): Promise<FeedItemPage> {
  const listed = found.slice(0, limit);
  const { items, processed } = await joinActions(source, listed);
  const isComplete = processed === found.length;
  return { items, next: isComplete ? next : cursorAfter(found[processed - 1]) };
}

/** Includes the user's own actions that are not in the feed. */
async function collectWithOwn(request: ListRequest): Promise<FeedItemPage> {
  const { deps, bounds, filter } = request;
  const page = new PageBuilder(request.limit);
  const budget = new ScanBudget();
  for (let after = request.after; ; ) {
    const limit = filter ? OWN_SCAN_BATCH_SIZE : page.remaining + 1;
    const chunk = await scanWithOwn(request, deps.settings, { ...bounds, after, limit });
    if (page.add(chunk.items.filter((item) => !filter || matchesConditions(item.shownAction, filter))))
      return page.finish();
    if (chunk.next === null || page.isTooLarge || !budget.spend(limit))
      return { items: page.items, next: chunk.next };
    after = chunk.next;
  }
}

class PageBuilder {
  readonly items: ItemWithAction[] = [];
  readonly #limit: number;
  #chars = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get remaining(): number {
    return this.#limit - this.items.length;
  }

  get isTooLarge(): boolean {
    return this.#chars >= MAX_JOINED_CHARS;
  }

  /** Adds items until the page is full. Returns true if more remain. */
  add(batch: readonly ItemWithAction[]): boolean {
    for (const item of batch) {
      if (this.remaining === 0) return true;
      this.items.push(item);
      this.#chars += sizesOf(item.shownAction).total;
    }
    return false;
  }

  finish(): FeedItemPage {
    return { items: this.items, next: cursorAfter(this.items.at(-1)) };
  }
}

const cursorAfter = (item: StoredItem | undefined): TimeCursor | null => (item ? itemCursor(item) : null);
