/**
 * A client's copy of a whole feed, kept by the letter of the contract's section 5: an item takes what is not older than
 * what it took last; what may have been lost is asked for from the position of the last answer.
 */
import type { FeedChanges, FeedItem, FeedPage } from '../../protocol/entities.ts';
import type { ItemPush, MarkedPush, RemovedPush } from '../../protocol/sockets.ts';

export interface Asking {
  list(query: { limit: number; cursor?: string }): Promise<FeedPage>;
  changes(query: { position: string }): Promise<FeedChanges>;
}

const PAGE = 100;

export class FeedCopy {
  readonly #ask: Asking;
  readonly #items = new Map<string, FeedItem>();
  /** By item, gone or not: the position of what it took last. */
  readonly #taken = new Map<string, string>();
  #position: string | null = null;
  /** Pushes that wait for the answer under way. */
  #held: Array<() => void> | null = null;

  constructor(ask: Asking) {
    this.#ask = ask;
  }

  items(): FeedItem[] {
    return [...this.#items.values()];
  }

  /** Asks for what changed, or for everything. @throws what asking throws; the position stays as it was */
  async sync(): Promise<void> {
    const held: Array<() => void> = [];
    this.#held = held;
    try {
      if (this.#position === null) await this.#reload();
      while (!(await this.#catchUp())) await this.#reload();
    } finally {
      this.#held = null;
      for (const apply of held) apply();
    }
  }

  /** The next `sync` asks for everything. */
  forget(): void {
    this.#position = null;
  }

  item({ item, position }: ItemPush): void {
    this.#soon(() => this.#put(item, position));
  }

  removed({ ids, position }: RemovedPush): void {
    this.#soon(() => {
      for (const id of ids) this.#takeOut(id, position);
    });
  }

  marked({ ids, all, until, unread, seen, position }: MarkedPush): void {
    this.#soon(() => {
      for (const item of this.items()) {
        const isNamed = all === true || ids?.includes(item.id) || (until !== undefined && item.at <= until);
        if (!isNamed) continue;
        const marked = {
          ...item,
          ...(unread !== undefined && { unread }),
          ...(seen !== undefined && { seen }),
        };
        this.#put(marked, position);
      }
    });
  }

  #soon(apply: () => void): void {
    if (this.#held) this.#held.push(apply);
    else apply();
  }

  async #reload(): Promise<void> {
    let first: string | null = null;
    const known = new Set<string>();
    for (let cursor: string | undefined; ; ) {
      const page = await this.#ask.list({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
      first ??= page.position;
      for (const item of page.items) {
        known.add(item.id);
        this.#put(item, page.position);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    for (const id of this.#items.keys()) if (!known.has(id)) this.#items.delete(id);
    this.#position = first;
  }

  /** False where everything has to be asked for. */
  async #catchUp(): Promise<boolean> {
    for (;;) {
      const { items, removed, position, more, reset } = await this.#ask.changes({
        position: this.#position ?? '',
      });
      if (reset) return false;
      for (const item of items) this.#put(item, position);
      for (const id of removed) this.#takeOut(id, position);
      this.#position = position;
      if (!more) return true;
    }
  }

  #put(item: FeedItem, position: string): void {
    if (this.#isOlder(item.id, position)) return;
    this.#items.set(item.id, item);
    this.#taken.set(item.id, position);
  }

  #takeOut(id: string, position: string): void {
    if (this.#isOlder(id, position)) return;
    this.#items.delete(id);
    this.#taken.set(id, position);
  }

  #isOlder(id: string, position: string): boolean {
    return position < (this.#taken.get(id) ?? '');
  }
}
