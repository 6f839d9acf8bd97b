import type { StoredItem } from '../../../core/model.ts';
import type { FeedStore, ItemScan, Mark, MarkScan } from '../../../core/ports/stores.ts';
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

export class MemoryFeeds implements FeedStore {
  readonly #byId = new Map<string, StoredItem>();
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async insert(items: readonly StoredItem[]): Promise<string[]> {
    const known: string[] = [];
    for (const [index, item] of items.entries()) {
      if (index > 0) await this.#pause();
      if (this.#byId.has(item.id)) known.push(item.id);
      else this.#byId.set(item.id, { ...item });
    }
    return known;
  }

  async byIds(ids: readonly string[]): Promise<StoredItem[]> {
    const wanted = new Set(ids);
    return this.#select((item) => wanted.has(item.id));
  }

  async restamp(ids: readonly string[], from: number, to: number): Promise<void> {
    for (const id of ids) {
      const item = this.#byId.get(id);
      if (item?.pos === from) item.pos = to;
      await this.#pause();
    }
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

  async changes(user: string, from: Position, limit: number): Promise<StoredItem[]> {
    return this.#changed(user, from)
      .sort((left, right) => left.pos - right.pos || compare(left.id, right.id))
      .slice(0, limit);
  }

  async countChanges(user: string, from: Position, most: number): Promise<number> {
    return Math.min(this.#changed(user, from).length, most);
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

  async markable({ user, ids, until, before, mark, limit }: MarkScan): Promise<string[]> {
    return this.#select(
      (item) =>
        item.user === user &&
        (ids === undefined || ids.includes(item.id)) &&
        (until === undefined || item.at <= until) &&
        qualifies(item, mark, before),
    )
      .map((item) => item.id)
      .slice(0, limit);
  }

  async mark(
    { user, ids, before, mark }: MarkScan & { ids: readonly string[] },
    pos: number,
  ): Promise<number> {
    let changed = 0;
    for (const id of ids) {
      if (changed > 0) await this.#pause();
      const item = this.#byId.get(id);
      if (item?.user !== user || !qualifies(item, mark, before)) continue;
      Object.assign(item, marks[mark].set, { pos });
      changed += 1;
    }
    return changed;
  }

  all(): StoredItem[] {
    return this.#select(() => true);
  }

  #changed(user: string, { pos, after }: Position): StoredItem[] {
    return this.#select(
      (item) =>
        item.user === user && (item.pos > pos || (after !== null && item.pos === pos && item.id > after)),
    );
  }

  #select(wanted: (item: StoredItem) => boolean): StoredItem[] {
    return [...this.#byId.values()].filter(wanted).map((item) => ({ ...item }));
  }
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function qualifies(item: StoredItem, mark: Mark, before: number): boolean {
  const { unread = item.unread, seen = item.seen } = marks[mark].from;
  return item.pos <= before && item.unread === unread && item.seen === seen;
}
