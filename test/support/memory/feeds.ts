import type { RemovedItem, StoredItem } from '../../../core/model/entities.ts';
import { type ItemGroup, itemsOf } from '../../../core/model/item-groups.ts';
import { compareNewestFirst, isInState, snoozeEndOf, stateOf } from '../../../core/model/item-states.ts';
import type { ChangeCursor } from '../../../core/model/positions.ts';
import {
  earlier,
  FIRST_POSITION,
  LAST_POSITION,
  later,
  type Millis,
  type Position,
} from '../../../core/model/units.ts';
import type {
  Bump,
  FeedStore,
  ItemScan,
  Mark,
  MarkScan,
  MarkSelection,
  PressClaim,
  PressWrite,
} from '../../../core/ports/feeds.ts';
import type { Counts } from '../../../protocol/entities.ts';
import { limits } from '../../../protocol/limits.ts';
import { noPause, type Pause } from './pause.ts';

type Change = Partial<Pick<StoredItem, 'unread' | 'seen' | 'aside'>>;
type SnoozeEnd = MarkSelection['snoozeUntil'];

/** Whether a mark changes an item, and the change. */
const marks: Record<
  Mark,
  { changes: (item: StoredItem, until: SnoozeEnd) => boolean; set: (until: SnoozeEnd) => Change }
> = {
  read: { changes: ({ unread }) => unread, set: () => ({ unread: false, seen: true }) },
  unread: { changes: ({ unread }) => !unread, set: () => ({ unread: true }) },
  seen: { changes: ({ unread, seen }) => unread && !seen, set: () => ({ seen: true }) },
  archive: {
    changes: (item) => stateOf(item) !== 'archived' || item.unread,
    set: () => ({ unread: false, seen: true, aside: { state: 'archived' } }),
  },
  unarchive: { changes: (item) => stateOf(item) === 'archived', set: () => ({ aside: undefined }) },
  snooze: {
    changes: ({ aside }, until) => snoozeEndOf(aside) !== until,
    set: (until) => ({ aside: until === undefined ? undefined : { state: 'snoozed', until } }),
  },
  unsnooze: { changes: (item) => stateOf(item) === 'snoozed', set: () => ({ aside: undefined }) },
};

/** Writes of several items are not atomic: other calls may run between two of them. */
export class MemoryFeeds implements FeedStore {
  readonly #byId = new Map<string, StoredItem>();
  readonly #removed = new Map<string, RemovedItem>();
  readonly #claims = new Map<string, PressClaim>();
  readonly #resyncBefore = new Map<string, Position>();
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async insert(groups: readonly ItemGroup[]): Promise<string[]> {
    const known: string[] = [];
    await this.#each(itemsOf(groups), (item) => {
      const found = this.#byId.get(item.id) ?? this.#removed.get(item.id);
      if (found && found.position !== item.position) known.push(item.id);
      else if (found) return;
      else this.#byId.set(item.id, { ...item });
    });
    return known;
  }

  async byIds(ids: readonly string[]): Promise<StoredItem[]> {
    const requested = new Set(ids);
    return this.#select((item) => requested.has(item.id));
  }

  async removedByIds(ids: readonly string[]): Promise<RemovedItem[]> {
    const requested = new Set(ids);
    return this.#selectRemoved((item) => requested.has(item.id));
  }

  async storedByIds(ids: readonly string[]): Promise<Array<StoredItem | RemovedItem>> {
    const requested = new Set(ids);
    const isRequested = ({ id }: { id: string }): boolean => requested.has(id);
    return [...this.#select(isRequested), ...this.#selectRemoved(isRequested)];
  }

  async restore(items: readonly StoredItem[]): Promise<string[]> {
    const skipped: string[] = [];
    await this.#each(items, (item) => {
      const removed = this.#removed.get(item.id);
      if (!removed || removed.position >= item.position) return void skipped.push(item.id);
      this.#removed.delete(item.id);
      this.#byId.set(item.id, { ...item });
    });
    return skipped;
  }

  async bump(bumps: readonly Bump[]): Promise<number> {
    let changed = 0;
    const each = bumps.flatMap(({ ids, ...bump }) => ids.map((id) => ({ id, ...bump })));
    await this.#each(each, ({ id, version, position, redeliverAs }) => {
      const item = this.#byId.get(id);
      if (!item || item.version >= version || item.position >= position) return;
      delete item.pressed;
      Object.assign(
        item,
        { version, position },
        redeliverAs && { ...redeliverAs, deliveredPosition: position, aside: undefined },
      );
      changed += 1;
    });
    return changed;
  }

  async touch(ids: readonly string[], position: Position): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      if (!item || item.position >= position) return;
      item.position = position;
      changed += 1;
    });
    return changed;
  }

  async purge(user: string, limit: number): Promise<number> {
    const ids = [...this.#byId.values(), ...this.#removed.values()]
      .flatMap((item) => (item.user === user ? [item.id] : []))
      .slice(0, limit);
    await this.#each(ids, (id) => {
      this.#byId.delete(id);
      this.#removed.delete(id);
    });
    return ids.length;
  }

  async remove(ids: readonly string[], position: Position, deliveredBefore = LAST_POSITION): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      if (!item || item.position >= position || item.deliveredPosition >= deliveredBefore) return;
      this.#byId.delete(id);
      this.#claims.delete(id);
      this.#removed.set(id, { id, user: item.user, action: item.action, position });
      changed += 1;
    });
    return changed;
  }

  async byActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]> {
    return this.#select((item) => actions.includes(item.action) && (after === null || item.id > after))
      .sort((left, right) => compare(left.id, right.id))
      .slice(0, limit);
  }

  async advancePosition(ids: readonly string[], from: Position, to: Position): Promise<void> {
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id) ?? this.#removed.get(id);
      if (item?.position === from) item.position = to;
    });
  }

  async advancePositionOf(user: string, from: Position, to: Position): Promise<void> {
    await this.#each([...this.#byId.keys()], (id) => {
      const item = this.#byId.get(id);
      if (item?.user === user && item.position === from) item.position = to;
    });
  }

  async scan({ user, after, unread, state = 'inbox', since, until, limit }: ItemScan): Promise<StoredItem[]> {
    return this.#select(
      (item) =>
        item.user === user &&
        isInState(item, state) &&
        (unread === undefined || item.unread === unread) &&
        (since === undefined || item.at >= since) &&
        (until === undefined || item.at <= until) &&
        (after === null || item.at < after.time || (item.at === after.time && item.id < after.id)),
    )
      .sort(compareNewestFirst)
      .slice(0, limit);
  }

  async changes(user: string, from: ChangeCursor, limit: number): Promise<Array<StoredItem | RemovedItem>> {
    return [...(await this.#changed(user, from)).values()]
      .sort((left, right) => left.position - right.position || compare(left.id, right.id))
      .slice(0, limit);
  }

  async countChanges(user: string, from: ChangeCursor, max: number): Promise<number> {
    return Math.min((await this.#changed(user, from)).size, max);
  }

  async counts(user: string): Promise<Counts> {
    const unread = this.#select((item) => item.user === user && item.unread && isInState(item, 'inbox'));
    const unseen = unread.filter((item) => !item.seen);
    return {
      unread: Math.min(unread.length, limits.counts),
      unseen: Math.min(unseen.length, limits.counts),
      capped: unread.length > limits.counts,
    };
  }

  async countsByUser(users: readonly string[]): Promise<Map<string, Counts>> {
    const counts = new Map<string, Counts>();
    for (const user of users) counts.set(user, await this.counts(user));
    return counts;
  }

  async markable({ limit, ...selection }: MarkScan): Promise<string[]> {
    return this.#select((item) => isSelected(item, selection))
      .map((item) => item.id)
      .slice(0, limit);
  }

  async markBoundary(selection: MarkSelection, size: number): Promise<Position | null> {
    const positions = this.#select((item) => isSelected(item, selection)).map((item) => item.position);
    if (positions.length <= size) return positions.length === 0 ? null : selection.maxPosition;
    return positions.sort((left, right) => left - right)[size - 1] ?? null;
  }

  async mark(selection: MarkSelection, position: Position): Promise<number> {
    let changed = 0;
    await this.#each(selection.ids ?? selection.among ?? [...this.#byId.keys()], (id) => {
      const item = this.#byId.get(id);
      if (!item || !isSelected(item, selection)) return;
      Object.assign(item, marks[selection.mark].set(selection.snoozeUntil), { position });
      changed += 1;
    });
    return changed;
  }

  async dueSnoozes(now: Millis, limit: number): Promise<StoredItem[]> {
    return this.#select(({ aside }) => (snoozeEndOf(aside) ?? Infinity) <= now)
      .sort((left, right) => Number(snoozeEndOf(left.aside)) - Number(snoozeEndOf(right.aside)))
      .slice(0, limit);
  }

  async nextSnoozeEnd(): Promise<Millis | null> {
    const ends = this.all().flatMap(({ aside }) => snoozeEndOf(aside) ?? []);
    return ends.length === 0 ? null : ends.reduce(earlier);
  }

  async endSnoozes(ids: readonly string[], now: Millis, position: Position): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      const until = snoozeEndOf(item?.aside);
      if (!item || until === undefined || until > now || item.position >= position) return;
      const flags = { unread: true, seen: false, aside: undefined };
      Object.assign(item, { ...flags, at: until, position });
      changed += 1;
    });
    return changed;
  }

  async claimPress(claim: PressClaim): Promise<boolean> {
    const { id, token, now } = claim;
    const known = this.#claims.get(id);
    if (!this.#byId.has(id) || (known && known.token !== token && known.until > now)) return false;
    this.#claims.set(id, claim);
    return true;
  }

  async releasePress(id: string, token: string): Promise<void> {
    if (this.#claims.get(id)?.token === token) this.#claims.delete(id);
  }

  async press({ id, button, at, version }: PressWrite, position: Position): Promise<boolean> {
    const item = this.#byId.get(id);
    if (!item || item.version !== version || item.pressed || item.position >= position) return false;
    Object.assign(item, { pressed: { button, at }, unread: false, seen: true, position });
    this.#claims.delete(id);
    return true;
  }

  async resyncBefore(user: string): Promise<Position> {
    return this.#resyncBefore.get(user) ?? FIRST_POSITION;
  }

  async forceResync(users: readonly string[], position: Position): Promise<void> {
    await this.#each(users, (user) => {
      this.#resyncBefore.set(user, later(this.#resyncBefore.get(user) ?? FIRST_POSITION, position));
    });
  }

  /** All items in feeds. */
  all(): StoredItem[] {
    return this.#select(() => true);
  }

  /** All removed items. */
  allRemoved(): RemovedItem[] {
    return this.#selectRemoved(() => true);
  }

  /** Two reads. An item may be removed or restored between them. */
  async #changed(
    user: string,
    { position, after }: ChangeCursor,
  ): Promise<Map<string, StoredItem | RemovedItem>> {
    const isLater = (item: StoredItem | RemovedItem): boolean =>
      item.user === user &&
      (item.position > position || (after !== null && item.position === position && item.id > after));
    const inFeed = this.#select(isLater);
    await this.#pause();
    const found = new Map<string, StoredItem | RemovedItem>(inFeed.map((item) => [item.id, item]));
    for (const item of this.#selectRemoved(isLater)) {
      if (item.position > (found.get(item.id)?.position ?? 0)) found.set(item.id, item);
    }
    return found;
  }

  #select(matches: (item: StoredItem) => boolean): StoredItem[] {
    return [...this.#byId.values()].filter(matches).map((item) => ({ ...item }));
  }

  #selectRemoved(matches: (item: RemovedItem) => boolean): RemovedItem[] {
    return [...this.#removed.values()].filter(matches).map((item) => ({ ...item }));
  }

  async #each<T>(all: readonly T[], change: (one: T) => void): Promise<void> {
    for (const [index, one] of all.entries()) {
      if (index > 0) await this.#pause();
      change(one);
    }
  }
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function isSelected(
  item: StoredItem,
  { user, ids, among, until, mark, snoozeUntil, maxPosition, maxDeliveredPosition }: MarkSelection,
): boolean {
  return (
    item.user === user &&
    (ids?.includes(item.id) ?? isInState(item, mark === 'unarchive' ? 'archived' : 'inbox')) &&
    among?.includes(item.id) !== false &&
    (until === undefined || item.at <= until) &&
    item.position <= maxPosition &&
    item.deliveredPosition <= maxDeliveredPosition &&
    marks[mark].changes(item, snoozeUntil)
  );
}
