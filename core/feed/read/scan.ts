/** Scans a feed in its order, in chunks. */
import type { ItemWithAction, StoredAction, StoredItem } from '../../model/entities.ts';
import { compareNewestFirst } from '../../model/item-states.ts';
import { itemId, keyOf } from '../../model/keys.ts';
import { sortTimeOf } from '../../model/matching.ts';
import { FIRST_POSITION } from '../../model/units.ts';
import type { TimeCursor } from '../../paging/cursor.ts';
import type { ItemScan } from '../../ports/feeds.ts';
import { displayActions } from '../../rendering/displays.ts';
import type { Settings } from '../../settings.ts';
import { type FeedSource, joinActions } from './join-actions.ts';

export interface FeedChunk {
  items: ItemWithAction[];
  /** The cursor of the next chunk; `null` at the end. */
  next: TimeCursor | null;
}

/** Scans a feed. Omits items of deleted actions. Returns fewer items than the limit if they are large. */
export async function scanFeed(source: FeedSource, scan: ItemScan): Promise<FeedChunk> {
  const found = await source.stores.feeds.scan(scan);
  const { items, processed } = await joinActions(source, found);
  const isComplete = processed === found.length;
  return { items, next: cursorAfter(found.slice(0, processed), isComplete ? scan.limit : processed) };
}

/** Scans the feed together with the user's own actions that are not in it, as read items (rule 2). */
export async function scanWithOwn(
  source: FeedSource,
  settings: Settings,
  scan: ItemScan,
): Promise<FeedChunk> {
  const own = await scanOwn(source, settings, scan);
  // Read last: an action that enters the feed meanwhile is found in both scans, not in neither.
  const feed = await scanFeed(source, scan);
  const inFeed = new Set(feed.items.map((item) => item.id));
  // Beyond the nearer cursor, one of the two lists is incomplete.
  const next = nearerCursor(feed.next, own.next);
  const items = [...feed.items, ...own.items.filter((item) => !inFeed.has(item.id))]
    .filter((item) => next === null || !isAfter(item, next))
    .sort(compareNewestFirst);
  return { items, next };
}

async function scanOwn(
  { stores, findDisplays }: FeedSource,
  settings: Settings,
  scan: ItemScan,
): Promise<FeedChunk> {
  const { user, after, since, until, limit } = scan;
  const actions = await stores.actions.find({
    sortBy: settings.regroup === 'bump' ? 'updatedAt' : 'timestamp',
    actor: keyOf({ type: settings.userType, id: user }),
    level: settings.readableLevel,
    since,
    until,
    after: after && { time: after.time, id: actionIdOf(after.id, user) },
    limit,
  });
  const displayed = await displayActions(findDisplays, actions);
  const ownItems = displayed.map((action) => ownItem(action, user, settings));
  const inFeed = new Set((await stores.feeds.byIds(ownItems.map((item) => item.id))).map((item) => item.id));
  return { items: ownItems.filter((item) => !inFeed.has(item.id)), next: cursorAfter(ownItems, limit) };
}

const ownItem = (action: StoredAction, user: string, settings: Settings): ItemWithAction => ({
  id: itemId(action.id, user),
  user,
  action: action.id,
  at: sortTimeOf(action, settings),
  position: FIRST_POSITION,
  deliveredPosition: FIRST_POSITION,
  version: action.version,
  unread: false,
  seen: true,
  shownAction: action,
});

/** Returns the action id of a user's item id. By either id, items of one time have the same order. */
function actionIdOf(id: string, user: string): string {
  const suffix = itemId('', user);
  return id.endsWith(suffix) ? id.slice(0, -suffix.length) : id;
}

type SortKey = Pick<StoredItem, 'at' | 'id'>;

export const isAfter = (item: SortKey, { time, id }: TimeCursor): boolean =>
  compareNewestFirst(item, { at: time, id }) > 0;

/** Returns the cursor after an item of a feed. */
export const itemCursor = ({ at, id }: SortKey): TimeCursor => ({ time: at, id });

function nearerCursor(left: TimeCursor | null, right: TimeCursor | null): TimeCursor | null {
  if (left === null || right === null) return left ?? right;
  return isAfter({ at: left.time, id: left.id }, right) ? right : left;
}

function cursorAfter(found: readonly SortKey[], limit: number): TimeCursor | null {
  const last = found.at(-1);
  return last && found.length >= limit ? itemCursor(last) : null;
}
