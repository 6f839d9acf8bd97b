/** An in-memory feed that behaves like the hub's: every change has a position, and changes since a position can be listed. */
import type {
  Counts,
  FeedChanges,
  FeedItem,
  FeedPage,
  MarkAnswer,
  MarkInput,
  PressAnswer,
  PressInput,
} from '../../../protocol/entities.ts';

interface StoredEntry {
  item: FeedItem;
  changed: number;
}

export type Flags = Partial<Pick<FeedItem, 'unread' | 'seen' | 'archived' | 'snoozedUntil'>>;

export const isInInbox = ({ archived, snoozedUntil }: FeedItem): boolean =>
  !archived && snoozedUntil === null;
const formatted = (position: number): string => String(position).padStart(8, '0');

export class FakeFeed {
  readonly #items = new Map<string, StoredEntry>();
  readonly #removed = new Map<string, number>();
  #position = 1;
  /** How far positions of responses lag, as they do while the hub has in-flight writes. */
  lag = 0;
  /** The maximum number of entries in a response to `feed:changes`. */
  changesSize = 500;
  /** The ids that the last mark changed. */
  lastMarked: string[] = [];
  /** Changes since an earlier position give a reset. */
  historyFrom = 0;

  get position(): string {
    return formatted(this.#position);
  }

  /** The position of a response. */
  get watermark(): string {
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

  mark(input: MarkInput, flags: Flags): MarkAnswer {
    const { watermark } = this;
    this.#position += 1;
    this.lastMarked = [];
    for (const entry of this.#items.values()) {
      const { item } = entry;
      const isUntil = input.until === undefined || item.at <= input.until;
      const named = input.ids?.includes(item.id) ?? (isUntil && isInInbox(item));
      if (!named || (input.position !== undefined && formatted(entry.changed) > input.position)) continue;
      const marked = { ...item, ...flags, seen: flags.unread === false || (flags.seen ?? item.seen) };
      // Like the hub, a mark does not change items that already have its flags.
      if (JSON.stringify(marked) === JSON.stringify(item)) continue;
      this.lastMarked.push(item.id);
      entry.item = marked;
      entry.changed = this.#position;
    }
    const changed = this.lastMarked.length;
    // Like the hub, a mark that changes nothing takes no position.
    return { changed, counts: this.counts(), position: changed > 0 ? this.position : watermark };
  }

  /** Presses a button of a known item, unless one was pressed. */
  press({ item: id, button }: PressInput): PressAnswer {
    const entry = this.#items.get(id);
    if (!entry) throw new Error(`there is no item ${id}`);
    const pressed = { button, at: new Date(1_000_000).toISOString() };
    const position = this.put({ ...entry.item, unread: false, seen: true, pressed });
    return { item: this.#items.get(id)?.item ?? entry.item, counts: this.counts(), position };
  }

  /** The inbox. */
  items(): FeedItem[] {
    return this.all().filter(isInInbox);
  }

  /** The items in all states. */
  all(): FeedItem[] {
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
      position: this.watermark,
    };
  }

  /** `firstUndelivered`: the position of the first push that has not arrived, although later ones may have. */
  changes(position: string, firstUndelivered = Number.POSITIVE_INFINITY): FeedChanges {
    // A plain position includes the overlap window. A continuation is exact, and the series ends at its first watermark.
    const [plain = '', final] = position.split('.');
    const known = final === undefined ? Math.min(Number(plain), firstUndelivered - 1) : Number(final);
    const since = final === undefined ? Math.min(known, Number(plain) - this.lag) : Number(plain);
    const counts = this.counts();
    const { watermark } = this;
    if (known < this.historyFrom)
      return { items: [], removed: [], counts, position: watermark, more: false, reset: true };
    const finalPosition = final ?? watermark;
    const changed = [
      ...[...this.#items.values()].map(({ item, changed }) => ({ id: item.id, item, changed })),
      ...[...this.#removed].map(([id, changed]) => ({ id, item: undefined, changed })),
    ]
      .filter(({ changed }) => changed > since)
      .sort((a, b) => a.changed - b.changed);
    // Entries of one position stay together, because the next response continues after the position.
    const last = changed[this.changesSize - 1]?.changed;
    const sent = last === undefined ? changed : changed.filter((entry) => entry.changed <= last);
    const more = sent.length < changed.length;
    return {
      items: sent.flatMap(({ item }) => (item ? [item] : [])),
      removed: sent.flatMap(({ id, item }) => (item ? [] : [id])),
      counts,
      position: more && last !== undefined ? `${formatted(last)}.${finalPosition}` : finalPosition,
      more,
      reset: false,
    };
  }
}
