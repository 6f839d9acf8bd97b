/**
 * Writes items into feeds. All changes of feeds go through it, except marks and the deletion of a user's whole
 * feed. A write is idempotent and has these phases:
 *
 * 1. Begin: registers its position and users as in flight, before it changes anything (decision 7).
 * 2. Write and publish. Concurrent writes of the same items cause conflicts, which are retried under a later
 *    position.
 * 3. Revalidate: if trackers or actions changed since `readPosition`, corrects the items they affect
 *    (decision 15).
 * 4. End: clears the in-flight mark. A crash before that leaves the repair to other processes.
 */
import { withFeedWrite } from '../../consistency/feed-write.ts';
import type { ActionOutline, RemovedItem, StoredAction, StoredItem } from '../../model/entities.ts';
import { countUsers, groupItems, type ItemGroup, itemsOf } from '../../model/item-groups.ts';
import { isWhole } from '../../model/matching.ts';
import { MAX_IN_FLIGHT_MS } from '../../model/positions.ts';
import { type Position, positionBefore, toMicros } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import type { Invalidated } from '../../ports/invalidations.ts';
import type { Stores } from '../../ports/stores.ts';
import type { EarlyWrite } from './early-write.ts';
import { type DraftGroup, draftsOf, type ItemRef } from './item-draft.ts';
import { type Removal, removeItems } from './remove.ts';
import { affected, toRefresh, toRemoveOrRedeliver, toRestore } from './revalidate.ts';
import { touchItems } from './touch.ts';
import { upsertItems } from './upsert.ts';

export type { Removal } from './remove.ts';

/** Up to about 1,000 items of any users, without duplicate ids. */
export interface ChangeSet {
  upserts: readonly DraftGroup[];
  /** The actions of the upserts, by id. What is published is read, if only its outline is here. */
  actions: ReadonlyMap<string, ActionOutline>;
  /** Items to remove, if they exist. */
  removals: readonly Removal[];
  /** Items whose actions changed without a new version. They are pushed again, if they exist. */
  touches?: readonly ItemRef[];
}

export interface WriteOptions {
  /** A position taken before the trackers and actions were read from which the change set was computed. */
  readPosition: Position;
  /**
   * A position from before the job of this write started. A crashed attempt may have changed items since then
   * without publishing them, so they are published (again). Default: `readPosition`.
   */
  jobStartPosition?: Position;
  /** Publishes nothing. The caller must call `resetFeeds` afterwards. */
  suppressPushes?: boolean;
  /** Look for existing items before inserting, because duplicate key errors are slow. */
  checkExisting?: boolean;
  /** Actions that absorbed others: their items are bumped before they are looked for. */
  bumpFirst?: ReadonlySet<string>;
}

interface PublishedItems {
  groups: ItemGroup[];
  removed: RemovedItem[];
}

/** One attempt to write a change set, under one position. `conflicts` remain for the next attempt. */
interface Attempt {
  published: PublishedItems;
  changed: number;
  conflicts: ChangeSet;
}

export class FeedWriter {
  readonly #deps: FeedDeps;
  readonly #stores: Stores;
  readonly #space: string;
  readonly #early: EarlyWrite | undefined;
  /** Positions of this writer's attempts: one per change set, more after conflicts. */
  readonly #ownPositions: Set<Position>;
  readonly #undetermined = new Set<string>();
  #invalidated: Map<string, Position> | null | undefined;

  /**
   * `early`: in flight already for some users. Its caller ends it. `ownPositions`: of an earlier writer of the same call, whose items
   * are published; this writer adds its own.
   */
  constructor(
    deps: FeedDeps,
    stores: Stores,
    space: string,
    early?: EarlyWrite,
    ownPositions = new Set<Position>(),
  ) {
    this.#deps = deps;
    this.#stores = stores;
    this.#space = space;
    this.#early = early;
    this.#ownPositions = ownPositions;
  }

  /** Actions of removed items that may belong in feeds again, but have undetermined visibility. */
  get undetermined(): ReadonlySet<string> {
    return this.#undetermined;
  }

  /**
   * What was invalidated since the read positions of all writes, as queried after items were stored; `null`: perhaps anything;
   * `undefined`: not queried, because no item was written.
   */
  get invalidated(): Invalidated | null | undefined {
    return this.#invalidated;
  }

  /** Returns the number of items that changed. */
  write(changes: ChangeSet, options: WriteOptions): Promise<number> {
    return this.#writeRemaining(changes, changes, options, options.checkExisting === true);
  }

  /** `remaining`: what earlier attempts did not write, because of conflicts. */
  async #writeRemaining(
    remaining: ChangeSet,
    changes: ChangeSet,
    options: WriteOptions,
    checkExisting: boolean,
  ): Promise<number> {
    if (sizeOf(remaining) === 0) return await this.#revalidate(changes, options);
    const { upserts, removals, touches = [] } = remaining;
    const users = new Set(upserts.flatMap((group) => group.users));
    for (const { user } of [...removals, ...touches]) users.add(user);
    const begun = await this.#early?.take([...users]);
    const steps = {
      write: async (position: Position) => {
        this.#ownPositions.add(position);
        const attempt = await this.#attempt(remaining, options, checkExisting, position);
        // All attempts stay in flight until the change set is revalidated, so that after a crash other processes repair all of it.
        const changed = await this.#writeRemaining(attempt.conflicts, changes, options, true);
        return { ...attempt, changed: attempt.changed + changed };
      },
      advance: async (from: Position, to: Position, attempt: Attempt) => {
        this.#ownPositions.add(to);
        await this.#advance(attempt, from, to, options);
      },
    };
    const { written } = await withFeedWrite(this.#deps, this.#space, [...users], steps, begun);
    return written.changed;
  }

  async #attempt(
    changes: ChangeSet,
    options: WriteOptions,
    checkExisting: boolean,
    position: Position,
  ): Promise<Attempt> {
    const { feeds } = this.#stores;
    const { upserts, removals, touches = [], actions } = changes;
    const upsertResult = await upsertItems(feeds, upserts, {
      position,
      regroup: this.#deps.settings.regroup,
      checkExisting,
      bumpFirst: options.bumpFirst,
    });
    const removalResult = await removeItems(feeds, removals, position);
    const touchResult = await touchItems(feeds, touches, position);
    const unpublished = await this.#unpublished(upsertResult.unchanged, position, options, (ids) =>
      feeds.byIds(ids),
    );
    const published: PublishedItems = {
      groups: [...upsertResult.changed, ...groupItems([...touchResult.changed, ...unpublished])],
      removed: [
        ...removalResult.changed,
        ...(await this.#unpublished(removalResult.unchanged, position, options, (ids) =>
          feeds.removedByIds(ids),
        )),
      ],
    };
    if (!options.suppressPushes) await this.#publish(published, actions);
    return {
      published,
      changed: countUsers(upsertResult.changed) + removalResult.changed.length + touchResult.changed.length,
      conflicts: {
        upserts: upsertResult.conflicts,
        removals: removalResult.conflicts,
        touches: touchResult.conflicts,
        actions,
      },
    };
  }

  /** Moves the items of an attempt to a later position, and publishes them again. */
  async #advance(
    { published, conflicts }: Attempt,
    from: Position,
    to: Position,
    { suppressPushes }: WriteOptions,
  ): Promise<void> {
    const ids = [...itemsOf(published.groups), ...published.removed].map((item) => item.id);
    if (ids.length === 0) return;
    const { feeds } = this.#stores;
    await feeds.advancePosition(ids, from, to);
    const groups = groupItems(await feeds.byIds(ids));
    const removed = await feeds.removedByIds(ids);
    if (!suppressPushes) await this.#publish({ groups, removed }, conflicts.actions);
  }

  /**
   * Returns existing items whose writer may have crashed before it published them. Advances old positions,
   * because readers may have passed them.
   */
  async #unpublished<T extends StoredItem | RemovedItem>(
    unchanged: readonly T[],
    position: Position,
    { readPosition, jobStartPosition = readPosition }: WriteOptions,
    reload: (ids: readonly string[]) => Promise<T[]>,
  ): Promise<T[]> {
    const found = unchanged.filter(
      (item) => !this.#ownPositions.has(item.position) && item.position >= jobStartPosition,
    );
    const oldest = positionBefore(position, toMicros(MAX_IN_FLIGHT_MS));
    const late = found.filter((item) => item.position < oldest);
    for (const from of new Set(late.map((item) => item.position))) {
      const ids = late.filter((item) => item.position === from).map((item) => item.id);
      await this.#stores.feeds.advancePosition(ids, from, position);
    }
    return late.length > 0 ? reload(found.map((item) => item.id)) : found;
  }

  async #publish(
    { groups, removed }: PublishedItems,
    actions: ReadonlyMap<string, ActionOutline>,
  ): Promise<void> {
    const { bus } = this.#deps;
    if (groups.length > 0) {
      const currentActions = await this.#currentActions(groups, actions);
      await bus.publish(this.#space, { kind: 'items', groups, actions: currentActions });
    }
    if (removed.length > 0) await bus.publish(this.#space, { kind: 'removed', items: removed });
  }

  /** Another process may have written a later version, whose content must not be overwritten. */
  async #currentActions(
    groups: readonly ItemGroup[],
    actions: ReadonlyMap<string, ActionOutline>,
  ): Promise<StoredAction[]> {
    const current = new Map<string, StoredAction>();
    const laterIds = new Set<string>();
    for (const group of groups) {
      const action = actions.get(group.action);
      if (action && isWhole(action)) current.set(action.id, action);
      if (!action || !isWhole(action) || action.version < group.version) laterIds.add(group.action);
    }
    if (laterIds.size > 0) {
      for (const [id, action] of await this.#stores.actions.byIds([...laterIds])) current.set(id, action);
    }
    return [...current.values()];
  }

  async #revalidate(changes: ChangeSet, { readPosition, suppressPushes }: WriteOptions): Promise<number> {
    const { clock, invalidations } = this.#deps;
    const hasUpserts = changes.upserts.length > 0;
    const names = hasUpserts ? await invalidations.since(this.#space, readPosition) : NOTHING_INVALIDATED;
    if (hasUpserts) this.#remember(names);
    const drafts = names?.size === 0 ? [] : draftsOf(changes.upserts);
    const affectedItems = affected(drafts, changes.actions, names);
    if (affectedItems.length + changes.removals.length === 0) return 0;
    const nextReadPosition = await clock.now(this.#space);
    const context = { space: this.#space, stores: this.#stores };
    const removals = await toRemoveOrRedeliver(this.#deps, context, affectedItems, this.#ownPositions);
    const { undetermined, ...restored } = await toRestore(this.#deps, context, changes.removals);
    for (const action of undetermined) this.#undetermined.add(action);
    const nextOptions: WriteOptions = { readPosition: nextReadPosition, suppressPushes };
    const changed = await this.write({ ...restored, removals }, { ...nextOptions, checkExisting: true });
    const touches = await toRefresh(this.#stores, affectedItems, changes.actions);
    return (
      changed + (await this.write({ upserts: [], removals: [], actions: new Map(), touches }, nextOptions))
    );
  }

  #remember(names: Invalidated | null): void {
    if (names === null) this.#invalidated = null;
    else if (this.#invalidated !== null) {
      this.#invalidated ??= new Map();
      // A later query returns a later position.
      for (const [name, until] of names) this.#invalidated.set(name, until);
    }
  }
}

const NOTHING_INVALIDATED: Invalidated = new Map();

const sizeOf = ({ upserts, removals, touches = [] }: ChangeSet): number =>
  countUsers(upserts) + removals.length + touches.length;
