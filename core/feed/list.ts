/** Reading a page of a feed. */
import type { FeedPage } from '../../protocol/entities.ts';
import type { ParsedFeedQuery } from '../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../access.ts';
import { keyOf } from '../keys.ts';
import { levelOf } from '../log.ts';
import type { ShownItem, StoredAction } from '../model.ts';
import type { FeedPlace, Stores } from '../ports/stores.ts';
import { formatPosition } from '../positions.ts';
import { presentItem } from '../present.ts';
import { sizesOf } from '../size.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import type { FeedDeps } from './deps.ts';
import { scanFeed, scanWithOwn } from './scan.ts';
import { MOST_SHOWN } from './shown.ts';

/** Items looked through for one answer; a page that is not full by then has a cursor to go on from. */
const MOST_SCANNED = 10_000;
const SCAN = 500;
/** With one's own actions, which are read whole. */
const SCAN_OWN = 100;

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
  const stores = deps.spaces.reader(principal.space);
  // Before the items are read: an answer never claims a position later than what it shows.
  const position = await deps.clock.horizon(principal.space, user);
  const [page, counts] = await Promise.all([
    collect(deps, stores, user, query, after, wanted),
    stores.feeds.counts(user),
  ]);
  return {
    items: page.items.map((item) => presentItem(item, { handlers: deps.handlers, locale: query.locale })),
    nextCursor: page.next && formatCursor(page.next),
    counts,
    position: formatPosition(position),
  };
}

type Filter = ((action: StoredAction) => boolean) | null;

function filterOf(query: ParsedFeedQuery, deps: FeedDeps): Filter {
  const { verb, object } = query;
  const level = query.level === undefined ? null : levelOf(query.level, deps.settings, 'level');
  if (verb === undefined && object === undefined && level === null) return null;
  const key = object && keyOf(object);
  return (action) => {
    if (verb && !verb.includes(action.verb)) return false;
    if (level !== null && action.level < level) return false;
    if (key === undefined) return true;
    const parts = [...(action.actor ? [action.actor] : []), ...action.targets, ...action.related];
    return parts.some((part) => keyOf(part) === key);
  };
}

async function collect(
  { settings }: FeedDeps,
  stores: Stores,
  user: string,
  query: ParsedFeedQuery,
  start: FeedPlace | null,
  wanted: Filter,
): Promise<{ items: ShownItem[]; next: FeedPlace | null }> {
  const items: ShownItem[] = [];
  let after = start;
  const bounds = { user, unread: query.unread, since: query.since, until: query.until };
  // One's own actions are read where they are not in the feed.
  const withOwn = query.includeOwn === true && query.unread !== true;
  let held = 0;
  for (let scanned = 0; scanned < MOST_SCANNED && held < MOST_SHOWN; ) {
    // One more than the page tells whether there is a next one.
    const limit = wanted ? (withOwn ? SCAN_OWN : SCAN) : query.limit + 1 - items.length;
    const scan = { ...bounds, after, limit };
    const piece = await (withOwn ? scanWithOwn(stores, settings, scan) : scanFeed(stores, scan));
    for (const item of piece.items) {
      if (wanted && !wanted(item.shown)) continue;
      if (items.length === query.limit) return { items, next: placeOf(items.at(-1)) };
      items.push(item);
      held += sizesOf(item.shown).all;
    }
    if (piece.end === null) return { items, next: null };
    after = piece.end;
    scanned += limit;
  }
  return { items, next: after };
}

const placeOf = (item: FeedPlace | undefined): FeedPlace | null =>
  item ? { at: item.at, id: item.id } : null;
