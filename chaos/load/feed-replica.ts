/**
 * A client's copy of a whole feed, with the items in every state, exactly as docs/protocol.md describes it. An item ignores changes older than its
 * last change. After a possible gap, it requests the changes since the position of the last response.
 */
import type { FeedChanges, FeedItem, FeedPage } from '../../protocol/entities.ts';
import type { ItemPush, MarkedPush, RemovedPush } from '../../protocol/sockets.ts';

export interface FeedApi {
  list(query: { limit: number; state: 'all'; cursor?: string }): Promise<FeedPage>;
  changes(query: { position: string }): Promise<FeedChanges>;
}

const PAGE = 100;

export class FeedReplica {
  readonly #api: FeedApi;
  readonly #items = new Map<string, FeedItem>();
  /** The position of the last change, by item, also of removed items. */
  readonly #appliedPositions = new Map<string, string>();
  #position: string | null = null;
  /** Pushes during a request. */
  #deferred: Array<() => void> | null = null;

  constructor(api: FeedApi) {
    this.#api = api;
  }

  items(): FeedItem[] {
    return [...this.#items.values()];
  }

  /** Requests the changes, or all items. @throws the request's error; then the position stays unchanged */
  async sync(): Promise<void> {
    const deferred: Array<() => void> = [];
    this.#deferred = deferred;
    try {
      if (this.#position === null) await this.#reload();
      while (!(await this.#catchUp())) await this.#reload();
    } finally {
      this.#deferred = null;
      for (const apply of deferred) apply();
    }
  }

  /** The next `sync` requests all items. */
  invalidate(): void {
    this.#position = null;
  }

  item({ item, position }: ItemPush): void {
    this.#applyOrDefer(() => this.#put(item, position));
  }

  removed({ ids, position }: RemovedPush): void {
    this.#applyOrDefer(() => {
      for (const id of ids) this.#remove(id, position);
    });
  }

  marked({ ids, all, until, unread, seen, position }: MarkedPush): void {
    this.#applyOrDefer(() => {
      for (const item of this.items()) {
        const isAffected =
          all === true || ids?.includes(item.id) || (until !== undefined && item.at <= until);
        if (!isAffected) continue;
        const marked = {
          ...item,
          ...(unread !== undefined && { unread }),
          ...(seen !== undefined && { seen }),
        };
        this.#put(marked, position);
      }
    });
  }

  #applyOrDefer(apply: () => void): void {
    if (this.#deferred) this.#deferred.push(apply);
    else apply();
  }

  async #reload(): Promise<void> {
    let first: string | null = null;
    const listedIds = new Set<string>();
    for (let cursor: string | undefined; ; ) {
      const page = await this.#api.list({
        limit: PAGE,
        state: 'all',
        ...(cursor !== undefined && { cursor }),
      });
      first ??= page.position;
      for (const item of page.items) {
        listedIds.add(item.id);
        this.#put(item, page.position);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    for (const id of this.#items.keys()) if (!listedIds.has(id)) this.#items.delete(id);
    this.#position = first;
  }

  /** Returns false if all items must be requested. */
  async #catchUp(): Promise<boolean> {
    for (;;) {
      const { items, removed, position, more, reset } = await this.#api.changes({
        position: this.#position ?? '',
      });
      if (reset) return false;
      for (const item of items) this.#put(item, position);
      for (const id of removed) this.#remove(id, position);
      this.#position = position;
      if (!more) return true;
    }
  }

  #put(item: FeedItem, position: string): void {
    if (this.#isOlder(item.id, position)) return;
    this.#items.set(item.id, item);
    this.#appliedPositions.set(item.id, position);
  }

  #remove(id: string, position: string): void {
    if (this.#isOlder(id, position)) return;
    this.#items.delete(id);
    this.#appliedPositions.set(id, position);
  }

  #isOlder(id: string, position: string): boolean {
    return position < (this.#appliedPositions.get(id) ?? '');
  }
}
