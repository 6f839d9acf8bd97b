/** Reading a feed in its order, piece by piece. */
import { itemId, keyOf } from '../keys.ts';
import { placeOf } from '../matching.ts';
import type { ShownItem, StoredAction } from '../model.ts';
import type { FeedPlace, ItemScan, Stores } from '../ports/stores.ts';
import type { Settings } from '../settings.ts';
import { withActions } from './shown.ts';

export interface Piece {
  items: ShownItem[];
  /** Where to go on from; `null` where nothing is left. */
  end: FeedPlace | null;
}

/** What is in the feed. Items whose action is gone are left out, and of large ones it holds fewer than the limit. */
export async function scanFeed(stores: Stores, scan: ItemScan): Promise<Piece> {
  const found = await stores.feeds.scan(scan);
  const { items, read } = await withActions(stores, found);
  const isAll = read === found.length;
  return { items, end: endOf(found.slice(0, read), isAll ? scan.limit : read) };
}

/** What is in the feed, and the user's own actions that are not: as if they were there, read and seen (rule 2). */
export async function scanWithOwn(stores: Stores, settings: Settings, scan: ItemScan): Promise<Piece> {
  const own = await scanOwn(stores, settings, scan);
  // Read last: what came into the feed meanwhile is found in both.
  const feed = await scanFeed(stores, scan);
  const inFeed = new Set(feed.items.map((item) => item.id));
  // Behind the nearer end not everything was read that belongs between.
  const end = nearer(feed.end, own.end);
  const items = [...feed.items, ...own.items.filter((item) => !inFeed.has(item.id))]
    .filter((item) => end === null || compare(item, end) <= 0)
    .sort(compare);
  return { items, end };
}

async function scanOwn(stores: Stores, settings: Settings, scan: ItemScan): Promise<Piece> {
  const { user, after, since, until, limit } = scan;
  const actions = await stores.actions.find({
    by: settings.regroup === 'bump' ? 'updatedAt' : 'timestamp',
    actor: keyOf({ type: settings.userType, id: user }),
    level: settings.readableLevel,
    since,
    until,
    after: after && { time: after.at, id: actionOf(after.id, user) },
    limit,
  });
  const all = actions.map((action) => ownItem(action, user, settings));
  const inFeed = new Set((await stores.feeds.byIds(all.map((item) => item.id))).map((item) => item.id));
  return { items: all.filter((item) => !inFeed.has(item.id)), end: endOf(all, limit) };
}

const ownItem = (action: StoredAction, user: string, settings: Settings): ShownItem => ({
  id: itemId(action.id, user),
  user,
  action: action.id,
  at: placeOf(action, settings),
  pos: 0,
  entered: 0,
  rev: action.rev,
  unread: false,
  seen: true,
  shown: action,
});

/** The action of a user's item, by which items of one place are in order as their own ids are. */
function actionOf(id: string, user: string): string {
  const suffix = itemId('', user);
  return id.endsWith(suffix) ? id.slice(0, -suffix.length) : id;
}

/** Newest first, ties by id. */
export const compare = (left: FeedPlace, right: FeedPlace): number => {
  if (left.at !== right.at) return right.at - left.at;
  if (left.id === right.id) return 0;
  return left.id < right.id ? 1 : -1;
};

const nearer = (left: FeedPlace | null, right: FeedPlace | null): FeedPlace | null => {
  if (left === null || right === null) return left ?? right;
  return compare(left, right) <= 0 ? left : right;
};

function endOf(found: readonly FeedPlace[], limit: number): FeedPlace | null {
  const last = found.at(-1);
  return last && found.length >= limit ? { at: last.at, id: last.id } : null;
}
