/** Reading a page of a feed. */
import type { FeedPage } from '../../protocol/entities.ts';
import type { ParsedFeedQuery } from '../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../access.ts';
import { listOf, satisfies } from '../actions/conditions.ts';
import { breathe } from '../event-loop.ts';
import { itemId, keyOf } from '../keys.ts';
import { levelOf } from '../levels.ts';
import type { ShownItem, StoredItem } from '../model.ts';
import type { ActionConditions, FeedPlace, ItemScan, Stores } from '../ports/stores.ts';
import { formatComplete, formatPosition } from '../positions.ts';
import { presentItem } from '../present.ts';
import { sizesOf } from '../size.ts';
import { Budget, FIRST_SPAN_MS, type Place, scanBounds, stretches } from '../stretches.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import type { FeedDeps } from './deps.ts';
import { compare, scanFeed, scanWithOwn } from './scan.ts';
import { MOST_SHOWN, withActions } from './shown.ts';

/** Items of which the store is asked at a time whether they match. */
const SCAN = 1_000;
/** With one's own actions, which are read whole. */
const SCAN_OWN = 100;
/** Actions about an object whose items are looked up by their ids. */
const FEW = 1_000;

/** @throws HubError forbidden, invalid_input */
export async function listFeed(
  deps: FeedDeps,
  principal: Principal,
  user: string,
  query: ParsedFeedQuery,
): Promise<FeedPage> {
  checkSelf(principal, 'feed', user);
  const after = query.cursor === undefined ? null : parseCursor(query.cursor);
  const wanted = filterOf(query, deps);
  const stores = deps.spaces.reader(principal.space, principal.call?.signal);
  // Before the items are read: an answer never claims a position later than what it shows.
  const position = await deps.clock.horizon(principal.space, user);
  const [page, counts] = await Promise.all([
    collect(
      { deps, stores, bounds: boundsOf(user, query), after, limit: query.limit, wanted },
      // Own actions are read.
      query.includeOwn === true && query.unread !== true,
    ),
    stores.feeds.counts(user),
  ]);
  await breathe();
  return {
    items: page.items.map((item) => presentItem(item, { handlers: deps.handlers, locale: query.locale })),
    nextCursor: page.next && formatCursor(page.next),
    counts,
    // A later page says nothing of what changed since the first.
    position: after ? formatPosition(position) : formatComplete(position),
  };
}

function filterOf(query: ParsedFeedQuery, deps: FeedDeps): ActionConditions | null {
  const { verb, object } = query;
  const level = query.level === undefined ? null : levelOf(query.level, deps.settings, 'level');
  if (verb === undefined && object === undefined && level === null) return null;
  return {
    ...(verb && { verbs: verb }),
    ...(level !== null && { level }),
    ...(object && { key: keyOf(object) }),
  };
}

const boundsOf = (user: string, { unread, since, until }: ParsedFeedQuery) => ({
  user,
  ...(unread !== undefined && { unread }),
  ...(since !== undefined && { since }),
  ...(until !== undefined && { until }),
});

interface FoundPage {
  items: ShownItem[];
  next: FeedPlace | null;
}

interface Listing {
  deps: FeedDeps;
  stores: Stores;
  bounds: Omit<ItemScan, 'after' | 'limit'>;
  after: FeedPlace | null;
  limit: number;
  wanted: ActionConditions | null;
}

function collect(listing: Listing, withOwn: boolean): Promise<FoundPage> {
  if (withOwn) return collectWithOwn(listing);
  return listing.wanted ? collectMatching(listing, listing.wanted) : collectAll(listing);
}

async function collectAll({ stores, bounds, after: start, limit }: Listing): Promise<FoundPage> {
  const page = new Page(limit);
  for (let after = start; ; ) {
    // One more than the page tells whether there is a next one.
    const piece = await scanFeed(stores, { ...bounds, after, limit: page.missing + 1 });
    if (page.add(piece.items)) return page.full();
    if (piece.end === null || page.isHeavy) return { items: page.items, next: piece.end };
    after = piece.end;
  }
}

/**
 * Filters are about actions, and items know none of them. Where few actions are about the object the user's items of
 * these are looked up; otherwise the feed is gone through in its order, and the store says which actions match.
 */
async function collectMatching(listing: Listing, wanted: ActionConditions): Promise<FoundPage> {
  const { stores, bounds, after, limit } = listing;
  const few = await fewItems(listing, wanted);
  if (few) return pageOf(stores, limit, few, null);
  const found: StoredItem[] = [];
  const budget = new Budget(scanBounds);
  const all = stretches<StoredItem>({
    read: (range) => stores.feeds.scan({ ...bounds, ...range, after: feedPlaceOf(range.after) }),
    placeOf: ({ at, id }) => ({ time: at, id }),
    start: after && { time: after.at, id: after.id },
    since: bounds.since,
    size: SCAN,
    span: FIRST_SPAN_MS,
  });
  for await (const { entries, upTo } of all) {
    found.push(...(await matching(stores, entries, wanted)));
    if (found.length > limit) return pageOf(stores, limit, found, null);
    if (!budget.spend(entries.length)) return pageOf(stores, limit, found, feedPlaceOf(upTo));
  }
  return pageOf(stores, limit, found, null);
}

/** All items that match, newest first; `null` where the object takes part in too many actions to look up. */
async function fewItems(
  { stores, bounds, after }: Listing,
  { key, ...rest }: ActionConditions,
): Promise<StoredItem[] | null> {
  const [object] = listOf(key);
  if (object === undefined) return null;
  const ids = await stores.actions.idsOf(object, FEW + 1);
  if (ids.length > FEW) return null;
  const { user, unread, since, until } = bounds;
  const items = (await stores.feeds.byIds(ids.map((id) => itemId(id, user)))).filter(
    (item) =>
      (unread === undefined || item.unread === unread) &&
      (since === undefined || item.at >= since) &&
      (until === undefined || item.at <= until) &&
      (after === null || compare(item, after) > 0),
  );
  return matching(stores, items.sort(compare), rest);
}

async function matching(
  stores: Stores,
  items: readonly StoredItem[],
  wanted: ActionConditions,
): Promise<StoredItem[]> {
  if (Object.keys(wanted).length === 0) return [...items];
  const ids = await stores.actions.matching(
    items.map((item) => item.action),
    wanted,
  );
  return items.filter((item) => ids.has(item.action));
}

/** `end`: where to go on from if these are not enough for a page. */
async function pageOf(
  stores: Stores,
  limit: number,
  found: readonly StoredItem[],
  end: FeedPlace | null,
): Promise<FoundPage> {
  const listed = found.slice(0, limit);
  const { items, read } = await withActions(stores, listed);
  const isAll = read === found.length;
  return { items, next: isAll ? end : placeOf(found[read - 1]) };
}

/** The user's own actions are read where they are not in the feed. */
async function collectWithOwn(listing: Listing): Promise<FoundPage> {
  const { deps, stores, bounds, wanted } = listing;
  const page = new Page(listing.limit);
  const budget = new Budget(scanBounds);
  for (let after = listing.after; ; ) {
    const limit = wanted ? SCAN_OWN : page.missing + 1;
    const piece = await scanWithOwn(stores, deps.settings, { ...bounds, after, limit });
    if (page.add(piece.items.filter((item) => !wanted || satisfies(item.shown, wanted)))) return page.full();
    if (piece.end === null || page.isHeavy || !budget.spend(limit))
      return { items: page.items, next: piece.end };
    after = piece.end;
  }
}

class Page {
  readonly items: ShownItem[] = [];
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get missing(): number {
    return this.#limit - this.items.length;
  }

  get isHeavy(): boolean {
    return this.#held >= MOST_SHOWN;
  }

  /** Adds as many as fit; whether there were more. */
  add(some: readonly ShownItem[]): boolean {
    for (const item of some) {
      if (this.missing === 0) return true;
      this.items.push(item);
      this.#held += sizesOf(item.shown).all;
    }
    return false;
  }

  full(): FoundPage {
    return { items: this.items, next: placeOf(this.items.at(-1)) };
  }
}

const feedPlaceOf = (place: Place | null): FeedPlace | null => place && { at: place.time, id: place.id };

const placeOf = (item: FeedPlace | undefined): FeedPlace | null =>
  item ? { at: item.at, id: item.id } : null;
