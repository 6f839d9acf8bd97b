import type { RemovedItem, StoredItem } from '../../../core/model.ts';
import type { Bump, FeedStore, ItemScan, Mark, MarkScan } from '../../../core/ports/feeds.ts';
import type { Position } from '../../../core/positions.ts';
import type { Counts } from '../../../protocol/entities.ts';
import { limits } from '../../../protocol/limits.ts';
import { noPause, type Pause } from './pause.ts';

/** The state an item must be in for a mark to change it, and the change. */
const marks: Record<Mark, { from: Partial<StoredItem>; set: Partial<StoredItem> }> = {
  read: { from: { unread: true }, set: { unread: false, seen: true } },
  unread: { from: { unread: false }, set: { unread: true } },
  seen: { from: { unread: true, seen: false }, set: { seen: true } },
};

/** Writes of many items are not atomic: others may come in before each one but the first. */
export class MemoryFeeds implements FeedStore {
  readonly #byId = new Map<string, StoredItem>();
  readonly #removed = new Map<string, RemovedItem>();
  readonly #floors = new Map<string, number>();
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async insert(items: readonly StoredItem[]): Promise<string[]> {
    const known: string[] = [];
    await this.#each(items, (item) => {
      if (this.#byId.has(item.id) || this.#removed.has(item.id)) known.push(item.id);
      else this.#byId.set(item.id, { ...item });
    });
    return known;
  }

  async byIds(ids: readonly string[]): Promise<StoredItem[]> {
    const wanted = new Set(ids);
    return this.#select((item) => wanted.has(item.id));
  }

  async removedByIds(ids: readonly string[]): Promise<RemovedItem[]> {
    const wanted = new Set(ids);
    return this.#gone((item) => wanted.has(item.id));
  }

  async revive(items: readonly StoredItem[]): Promise<string[]> {
    const left: string[] = [];
    await this.#each(items, (item) => {
      const removed = this.#removed.get(item.id);
      if (!removed || removed.pos >= item.pos) return void left.push(item.id);
      this.#removed.delete(item.id);
      this.#byId.set(item.id, { ...item });
    });
    return left;
  }

  async bump({ ids, rev, pos, arrival }: Bump): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      if (!item || item.rev >= rev || item.pos >= pos) return;
      Object.assign(item, { rev, pos }, arrival && { ...arrival, entered: pos });
      changed += 1;
    });
    return changed;
  }

  async touch(ids: readonly string[], pos: number): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      if (!item || item.pos >= pos) return;
      item.pos = pos;
      changed += 1;
    });
    return changed;
  }

  async drop(user: string, limit: number): Promise<number> {
    const ids = [...this.#byId.values(), ...this.#removed.values()]
      .flatMap((item) => (item.user === user ? [item.id] : []))
      .slice(0, limit);
    await this.#each(ids, (id) => {
      this.#byId.delete(id);
      this.#removed.delete(id);
    });
    return ids.length;
  }

  async remove(ids: readonly string[], pos: number, entered = Infinity): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      if (!item || item.pos >= pos || item.entered >= entered) return;
      this.#byId.delete(id);
      this.#removed.set(id, { id, user: item.user, action: item.action, pos });
      changed += 1;
    });
    return changed;
  }

  async ofActions(actions: readonly string[], after: string | null, limit: number): Promise<StoredItem[]> {
    return this.#select((item) => actions.includes(item.action) && (after === null || item.id > after))
      .sort((left, right) => compare(left.id, right.id))
      .slice(0, limit);
  }

  async restamp(ids: readonly string[], from: number, to: number): Promise<void> {
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id) ?? this.#removed.get(id);
      if (item?.pos === from) item.pos = to;
    });
  }

  async scan({ user, after, unread, since, until, limit }: ItemScan): Promise<StoredItem[]> {
    return this.#select(
      (item) =>
        item.user === user &&
        (unread === undefined || item.unread === unread) &&
        (since === undefined || item.at >= since) &&
        (until === undefined || item.at <= until) &&
        (after === null || item.at < after.at || (item.at === after.at && item.id < after.id)),
    )
      .sort((left, right) => right.at - left.at || compare(right.id, left.id))
      .slice(0, limit);
  }

  async changes(user: string, from: Position, limit: number): Promise<Array<StoredItem | RemovedItem>> {
    return [...(await this.#changed(user, from)).values()]
      .sort((left, right) => left.pos - right.pos || compare(left.id, right.id))
      .slice(0, limit);
  }

  async countChanges(user: string, from: Position, most: number): Promise<number> {
    return Math.min((await this.#changed(user, from)).size, most);
  }

  async counts(user: string): Promise<Counts> {
    const unread = this.#select((item) => item.user === user && item.unread);
    const unseen = unread.filter((item) => !item.seen);
    return {
      unread: Math.min(unread.length, limits.counts),
      unseen: Math.min(unseen.length, limits.counts),
      capped: unread.length > limits.counts,
    };
  }

  async countsOf(users: readonly string[]): Promise<Map<string, Counts>> {
    const counts = new Map<string, Counts>();
    for (const user of users) counts.set(user, await this.counts(user));
    return counts;
  }

  async markable({ user, ids, until, limit, ...scan }: MarkScan): Promise<string[]> {
    return this.#select(
      (item) =>
        item.user === user &&
        (ids === undefined || ids.includes(item.id)) &&
        (until === undefined || item.at <= until) &&
        qualifies(item, scan),
    )
      .map((item) => item.id)
      .slice(0, limit);
  }

  async mark({ user, ids, ...scan }: MarkScan & { ids: readonly string[] }, pos: number): Promise<number> {
    let changed = 0;
    await this.#each(ids, (id) => {
      const item = this.#byId.get(id);
      if (item?.user !== user || !qualifies(item, scan)) return;
      Object.assign(item, marks[scan.mark].set, { pos });
      changed += 1;
    });
    return changed;
  }

  async floor(user: string): Promise<number> {
    return this.#floors.get(user) ?? 0;
  }

  async raiseFloors(users: readonly string[], pos: number): Promise<void> {
    await this.#each(users, (user) => {
      this.#floors.set(user, Math.max(this.#floors.get(user) ?? 0, pos));
    });
  }

  /** All items in feeds. */
  all(): StoredItem[] {
    return this.#select(() => true);
  }

  /** All items that were removed from feeds. */
  allRemoved(): RemovedItem[] {
    return this.#gone(() => true);
  }

  /** By two reads, between which an item may leave or come back. */
  async #changed(user: string, { pos, after }: Position): Promise<Map<string, StoredItem | RemovedItem>> {
    const isLater = (item: StoredItem | RemovedItem): boolean =>
      item.user === user && (item.pos > pos || (after !== null && item.pos === pos && item.id > after));
    const inFeed = this.#select(isLater);
    await this.#pause();
    const found = new Map<string, StoredItem | RemovedItem>(inFeed.map((item) => [item.id, item]));
    for (const item of this.#gone(isLater)) {
      if (item.pos > (found.get(item.id)?.pos ?? 0)) found.set(item.id, item);
    }
    return found;
  }

  #select(wanted: (item: StoredItem) => boolean): StoredItem[] {
    return [...this.#byId.values()].filter(wanted).map((item) => ({ ...item }));
  }

  #gone(wanted: (item: RemovedItem) => boolean): RemovedItem[] {
    return [...this.#removed.values()].filter(wanted).map((item) => ({ ...item }));
  }

  async #each<T>(all: readonly T[], change: (one: T) => void): Promise<void> {
    for (const [index, one] of all.entries()) {
      if (index > 0) await this.#pause();
      change(one);
    }
  }
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function qualifies(
  item: StoredItem,
  { mark, before, entered }: Pick<MarkScan, 'mark' | 'before' | 'entered'>,
) {
  const { unread = item.unread, seen = item.seen } = marks[mark].from;
  return item.pos <= before && item.entered <= entered && item.unread === unread && item.seen === seen;
}
