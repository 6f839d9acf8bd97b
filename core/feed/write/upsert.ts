/** Inserts items, bumps existing items of an earlier action version, and restores removed items. */
import type { StoredItem } from '../../model/entities.ts';
import type { Position } from '../../model/units.ts';
import type { Bump, FeedStore } from '../../ports/feeds.ts';
import type { ItemDraft } from './item-draft.ts';

export interface UpsertOptions {
  position: Position;
  regroup: 'bump' | 'keep';
  /** Look for existing items before inserting, because most exist already. */
  checkExisting: boolean;
  /** The items of these actions are bumped before others are looked for, because almost all exist. */
  bumpFirst?: ReadonlySet<string>;
}

export interface UpsertResult {
  /** The current state of the changed items, all under the given position. */
  changed: StoredItem[];
  /** Items that already had this action version or a later one. */
  unchanged: StoredItem[];
  /** A concurrent write changed these. Retry them under a later position. */
  conflicts: ItemDraft[];
}

export async function upsertItems(
  feeds: FeedStore,
  drafts: readonly ItemDraft[],
  { position, regroup, checkExisting, bumpFirst }: UpsertOptions,
): Promise<UpsertResult> {
  if (drafts.length === 0) return { changed: [], unchanged: [], conflicts: [] };
  const items = drafts.map((draft) => itemAt(draft, position));
  if (!bumpFirst?.size) return await insertOrUpdate(feeds, items, { position, regroup, checkExisting });
  const merged = items.filter((item) => bumpFirst.has(item.action));
  const others = items.filter((item) => !bumpFirst.has(item.action));
  const changed = await bumpAll(feeds, merged, regroup, position);
  const changedIds = new Set(changed.map((item) => item.id));
  const notBumped = merged.filter((item) => !changedIds.has(item.id));
  const results = [
    { changed, unchanged: [], conflicts: [] },
    await insertOrUpdate(feeds, notBumped, { position, regroup, checkExisting: true }),
    await insertOrUpdate(feeds, others, { position, regroup, checkExisting }),
  ];
  return {
    changed: results.flatMap((result) => result.changed),
    unchanged: results.flatMap((result) => result.unchanged),
    conflicts: results.flatMap((result) => result.conflicts),
  };
}

async function insertOrUpdate(
  feeds: FeedStore,
  items: readonly StoredItem[],
  { position, regroup, checkExisting }: UpsertOptions,
): Promise<UpsertResult> {
  if (items.length === 0) return { changed: [], unchanged: [], conflicts: [] };
  const existingIds = checkExisting ? null : new Set(await feeds.insert(items));
  if (existingIds?.size === 0) return { changed: [...items], unchanged: [], conflicts: [] };
  const changed = existingIds ? items.filter((item) => !existingIds.has(item.id)) : [];
  const existing = existingIds ? items.filter(hasIdIn(existingIds)) : items;
  const { inFeed, removed, absent } = await lookUp(feeds, existing);
  const conflictIds = new Set<string>();
  if (absent.length > 0) for (const id of await feeds.insert(absent)) conflictIds.add(id);
  if (removed.length > 0) for (const id of await feeds.restore(removed)) conflictIds.add(id);
  for (const item of [...absent, ...removed]) if (!conflictIds.has(item.id)) changed.push(item);
  const toBump = items.filter((item) => (inFeed.get(item.id)?.version ?? item.version) < item.version);
  const bumped = await bumpAll(feeds, toBump, regroup, position);
  const bumpedIds = new Set(bumped.map((item) => item.id));
  for (const { id } of toBump) if (!bumpedIds.has(id)) conflictIds.add(id);
  const toBumpIds = new Set(toBump.map((item) => item.id));
  return {
    changed: [...changed, ...bumped],
    unchanged: [...inFeed.values()].filter((item) => !toBumpIds.has(item.id)),
    conflicts: items.filter(hasIdIn(conflictIds)),
  };
}

/** Written out, because a spread of 100,000 drafts is ten times slower. */
const itemAt = (draft: ItemDraft, position: Position): StoredItem => ({
  id: draft.id,
  user: draft.user,
  action: draft.action,
  at: draft.at,
  position,
  deliveredPosition: position,
  version: draft.version,
  unread: draft.unread,
  seen: draft.seen,
});

const hasIdIn =
  (ids: ReadonlySet<string>) =>
  ({ id }: { id: string }): boolean =>
    ids.has(id);

async function lookUp(feeds: FeedStore, items: readonly StoredItem[]) {
  const found = await feeds.byIds(items.map((item) => item.id));
  const inFeed = new Map(found.map((item) => [item.id, item]));
  const notInFeed = items.filter((item) => !inFeed.has(item.id));
  const removedItems =
    notInFeed.length === 0 ? [] : await feeds.removedByIds(notInFeed.map((item) => item.id));
  const removedIds = new Set(removedItems.map((item) => item.id));
  return {
    inFeed,
    removed: notInFeed.filter(hasIdIn(removedIds)),
    absent: notInFeed.filter((item) => !removedIds.has(item.id)),
  };
}

/** Returns the current state of the items that changed. */
async function bumpAll(
  feeds: FeedStore,
  items: readonly StoredItem[],
  regroup: 'bump' | 'keep',
  position: Position,
): Promise<StoredItem[]> {
  if (items.length === 0) return [];
  const bumps = new Map<string, Bump & { ids: string[] }>();
  for (const { id, action, version, at, unread, seen } of items) {
    const groupKey = regroup === 'keep' ? action : `${action}:${unread}:${seen}`;
    const bump = bumps.get(groupKey);
    if (bump) bump.ids.push(id);
    else
      bumps.set(groupKey, {
        ids: [id],
        version,
        position,
        ...(regroup === 'bump' && { redeliverAs: { at, unread, seen } }),
      });
  }
  const changed = await feeds.bump([...bumps.values()]);
  if (changed === 0) return [];
  // A bump overwrites all fields. With `keep`, the stored items keep fields that must be read.
  if (regroup === 'bump' && changed === items.length) return [...items];
  const found = await feeds.byIds(items.map((item) => item.id));
  return found.filter((item) => item.position === position);
}
