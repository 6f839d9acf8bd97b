/** A feed as the hub keeps it, in memory: every change has a position, and what changed since one can be asked for. */
import type {
  Counts,
  FeedChanges,
  FeedItem,
  FeedPage,
  MarkAnswer,
  MarkInput,
} from '../../../protocol/entities.ts';

interface Kept {
  item: FeedItem;
  changed: number;
}

const formatted = (position: number): string => String(position).padStart(8, '0');

export class FakeFeed {
  readonly #items = new Map<string, Kept>();
  readonly #removed = new Map<string, number>();
  #position = 1;
  /** How far the positions of answers stay behind, as those of a hub that is writing. */
  lag = 0;
  /** Entries of one answer to `feed:changes`. */
  changesSize = 500;
  /** What the last mark changed. */
  lastMarked: string[] = [];
  /** Positions before this one are forgotten. */
  historyFrom = 0;

  get position(): string {
    return formatted(this.#position);
  }

  /** The position an answer carries. */
  get horizon(): string {
    return formatted(Math.max(1, this.#position - this.lag));
  }

  put(item: FeedItem): string {
    this.#position += 1;
    this.#items.set(item.id, { item, changed: this.#position });
    this.#removed.delete(item.id);
    return this.position;
  }

  remove(ids: string[]): string {
    this.#position += 1;
    for (const id of ids) {
      if (this.#items.delete(id)) this.#removed.set(id, this.#position);
    }
    return this.position;
  }

  mark(input: MarkInput, flags: { unread?: boolean; seen?: boolean }): MarkAnswer {
    const { horizon } = this;
    this.#position += 1;
    this.lastMarked = [];
    for (const kept of this.#items.values()) {
      const { item } = kept;
      const named =
        input.all || input.ids?.includes(item.id) || (input.until !== undefined && item.at <= input.until);
      if (!named || (input.position !== undefined && formatted(kept.changed) > input.position)) continue;
      const marked = { ...item, ...flags, seen: flags.unread === false || (flags.seen ?? item.seen) };
      // What is marked so already is left alone, as the hub does: it does not change.
      if (marked.unread === item.unread && marked.seen === item.seen) continue;
      this.lastMarked.push(item.id);
      kept.item = marked;
      kept.changed = this.#position;
    }
    const changed = this.lastMarked.length;
    // As the hub: a mark that changes nothing takes no position.
    return { changed, counts: this.counts(), position: changed > 0 ? this.position : horizon };
  }

  items(): FeedItem[] {
    return [...this.#items.values()]
      .map(({ item }) => item)
      .sort((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1));
  }

  counts(): Counts {
    const items = this.items();
    return {
      unread: items.filter(({ unread }) => unread).length,
      unseen: items.filter(({ seen }) => !seen).length,
      capped: false,
    };
  }

  list({ limit = 20, cursor }: { limit?: number; cursor?: string }): FeedPage {
    const items = this.items();
    const from = cursor === undefined ? 0 : items.findIndex((item) => `${item.at}|${item.id}` < cursor);
    const page = from < 0 ? [] : items.slice(from, from + limit);
    const last = page.at(-1);
    const isEnd = from < 0 || from + limit >= items.length;
    return {
      items: page,
      nextCursor: isEnd || !last ? null : `${last.at}|${last.id}`,
      counts: this.counts(),
      position: this.horizon,
    };
  }

  /** `unheard`: a position from which on pushes may not have arrived yet, though later ones did. */
  changes(position: string, unheard = Number.POSITIVE_INFINITY): FeedChanges {
    // A continuing position is exact; a plain one looks back.
    const [plain = '', continuing] = position.split('.');
    const since = continuing === undefined ? Math.min(Number(plain) - this.lag, unheard - 1) : Number(plain);
    const changed = [
      ...[...this.#items.values()].map(({ item, changed }) => ({ id: item.id, item, changed })),
      ...[...this.#removed].map(([id, changed]) => ({ id, item: undefined, changed })),
    ]
      .filter(({ changed }) => changed > since)
      .sort((a, b) => a.changed - b.changed);
    // Entries of one position stay together: the position is where the next answer goes on.
    const last = changed[this.changesSize - 1]?.changed;
    const sent = last === undefined ? changed : changed.filter((entry) => entry.changed <= last);
    const more = sent.length < changed.length;
    return {
      items: sent.flatMap(({ item }) => (item ? [item] : [])),
      removed: sent.flatMap(({ id, item }) => (item ? [] : [id])),
      counts: this.counts(),
      position: more && last !== undefined ? `${formatted(last)}.more` : this.horizon,
      more,
      reset: since < this.historyFrom,
    };
  }
}
