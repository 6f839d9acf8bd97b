/** Inserts items, bumps existing items of an earlier action version, and restores removed items. */
import type { StoredItem } from '../../model/entities.ts';
import { groupItems, type ItemGroup, itemsOf } from '../../model/item-groups.ts';
import type { Position } from '../../model/units.ts';
import type { Bump, FeedStore } from '../../ports/feeds.ts';
import { type DraftGroup, groupOf } from './item-draft.ts';

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
  changed: ItemGroup[];
  /** Items that already had this action version or a later one. */
  unchanged: StoredItem[];
  /** A concurrent write changed these. Retry them under a later position. */
  conflicts: DraftGroup[];
}

/** New items stay grouped: a fan-out inserts so many that an object for each would cost more than the rest. */
export async function upsertItems(
  feeds: FeedStore,
  drafts: readonly DraftGroup[],
  options: UpsertOptions,
): Promise<UpsertResult> {
  const { position, regroup, bumpFirst } = options;
  const groups = drafts.map((draft) => ({ ...draft, position, deliveredPosition: position }));
  if (!bumpFirst?.size) return await insertOrUpdate(feeds, groups, options);
  const merged = itemsOf(groups.filter((group) => bumpFirst.has(group.action)));
  const others = groups.filter((group) => !bumpFirst.has(group.action));
  const bumped = await bumpAll(feeds, merged, regroup, position);
  const bumpedIds = new Set(bumped.map((item) => item.id));
  const notBumped = merged.filter((item) => !bumpedIds.has(item.id));
  const results = [
    { ...NOTHING, changed: groupItems(bumped) },
    await upsertExisting(feeds, notBumped, options),
    await insertOrUpdate(feeds, others, options),
  ];
  return {
    changed: results.flatMap((result) => result.changed),
    unchanged: results.flatMap((result) => result.unchanged),
    conflicts: results.flatMap((result) => result.conflicts),
  };
}

const NOTHING: UpsertResult = { changed: [], unchanged: [], conflicts: [] };

async function insertOrUpdate(
  feeds: FeedStore,
  groups: readonly ItemGroup[],
  options: UpsertOptions,
): Promise<UpsertResult> {
  if (groups.length === 0) return NOTHING;
  if (options.checkExisting) return await upsertExisting(feeds, itemsOf(groups), options);
  const existingIds = new Set(await feeds.insert(groups));
  if (existingIds.size === 0) return { ...NOTHING, changed: [...groups] };
  const items = itemsOf(groups);
  const inserted = items.filter((item) => !existingIds.has(item.id));
  const result = await upsertExisting(feeds, items.filter(hasIdIn(existingIds)), options);
  return { ...result, changed: [...groupItems(inserted), ...result.changed] };
}

/** As above, for items of which some exist. */
async function upsertExisting(
  feeds: FeedStore,
  items: readonly StoredItem[],
  { position, regroup }: UpsertOptions,
): Promise<UpsertResult> {
  if (items.length === 0) return NOTHING;
  const { inFeed, removed, absent } = await lookUp(feeds, items);
  const conflictIds = new Set<string>();
  if (absent.length > 0) for (const id of await feeds.insert(groupItems(absent))) conflictIds.add(id);
  if (removed.length > 0) for (const id of await feeds.restore(removed)) conflictIds.add(id);
  const added = [...absent, ...removed].filter((item) => !conflictIds.has(item.id));
  const toBump = items.filter((item) => (inFeed.get(item.id)?.version ?? item.version) < item.version);
  const bumped = await bumpAll(feeds, toBump, regroup, position);
  const bumpedIds = new Set(bumped.map((item) => item.id));
  for (const { id } of toBump) if (!bumpedIds.has(id)) conflictIds.add(id);
  const toBumpIds = new Set(toBump.map((item) => item.id));
  return {
    changed: groupItems([...added, ...bumped]),
    unchanged: [...inFeed.values()].filter((item) => !toBumpIds.has(item.id)),
    conflicts: items.filter(hasIdIn(conflictIds)).map(groupOf),
  };
}

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
