/**
 * What a push costs a page that shows thousands of items: from its arrival until the new snapshot is there and whoever
 * listens was told. The client's store alone, in this process, with a line that never opens.
 */
import { Feed } from '../../client-sdk/src/feed/store.ts';
import type { FeedItem, FeedPage } from '../../protocol/entities.ts';
import { FakeLine } from '../../test/unit/client-sdk/fake-line.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { Latencies } from '../latencies.ts';
import { limits } from '../limits.ts';

const unread = { unread: 999, unseen: 999, capped: true };

function itemAt(n: number, second: number = n): FeedItem {
  const time = new Date(1_700_000_000_000 + second * 1_000).toISOString();
  const action = {
    id: `action-${n}`,
    actor: { type: 'user', id: `user-${n % 50}`, name: 'Ada' },
    verb: 'closed',
    targets: [{ type: 'issue', id: String(n), name: 'Fix login' }],
    related: [{ type: 'project', id: 'p1', name: 'Website' }],
    level: 30,
    data: { sample: n },
    timestamp: time,
    updatedAt: time,
    count: 1,
    text: 'Ada closed Fix login in relation to Website',
  };
  return { id: `item-${String(n).padStart(8, '0')}`, action, unread: true, seen: false, at: time };
}

/** A store that shows so many items, and the line that drives it. */
class Stage {
  readonly feed: Feed;
  readonly #line: FakeLine;
  readonly #due: Array<() => void> = [];
  readonly #items: FeedItem[];
  #position = 1_000_000;
  #told = 0;

  constructor(items: number) {
    this.#items = Array.from({ length: items }, (_, n) => itemAt(n)).reverse();
    const unused = (): never => {
      throw new Error('nobody asks this');
    };
    const marked = () => ({ changed: 1, counts: unread, position: this.#next() });
    this.#line = new FakeLine({
      'feed:list': ({ limit = 20, cursor = '0' }) => this.#page(Number(cursor), limit),
      'feed:read': marked,
      'feed:unread': marked,
      'feed:seen': marked,
      'feed:changes': unused,
      log: unused,
      track: unused,
      untrack: unused,
      watch: unused,
      unwatch: unused,
      event: unused,
      auth: unused,
    });
    this.feed = new Feed(this.#line, {
      schedule: (notify) => this.#due.push(notify),
    });
    this.feed.subscribe(() => {
      this.feed.getSnapshot();
      this.#told += 1;
    });
  }

  async load(): Promise<void> {
    this.#line.connect();
    await this.#answer();
    while (this.feed.getSnapshot().hasMore) {
      const more = this.feed.loadMore(100);
      await this.#answer();
      await more;
    }
    this.tell();
  }

  /** Milliseconds from the push until the listener was told. */
  push(item: FeedItem): number {
    this.#line.push('feed:item', { item, position: this.#next() });
    return this.#measure(() => this.#line.pushes[0]?.arrive());
  }

  /** Milliseconds from the call until the listener was told; then it is answered. */
  async mark(item: FeedItem): Promise<number> {
    let marked: Promise<unknown> = Promise.resolve();
    const elapsed = this.#measure(() => {
      marked = this.feed.markRead([item.id]);
    });
    await this.#answer();
    await marked;
    this.tell();
    return elapsed;
  }

  tell(): void {
    for (const notify of this.#due.splice(0)) notify();
  }

  #measure(happen: () => void): number {
    const told = this.#told;
    const started = performance.now();
    happen();
    this.tell();
    const elapsed = performance.now() - started;
    if (this.#told !== told + 1) throw new Error('the listener was not told once');
    return elapsed;
  }

  async #answer(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const call of this.#line.calls) call.answer();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #page(from: number, limit: number): FeedPage {
    const end = from + limit;
    const nextCursor = end < this.#items.length ? String(end) : null;
    return { items: this.#items.slice(from, end), nextCursor, counts: unread, position: this.#next() };
  }

  #next(): string {
    this.#position += 1;
    return String(this.#position);
  }
}

export async function store({ sizes, progress }: Pick<Bench, 'sizes' | 'progress'>): Promise<Figure[]> {
  const stage = new Stage(sizes.shown);
  await stage.load();
  const found = { push: new Latencies(), bump: new Latencies(), mark: new Latencies() };
  let newest = sizes.shown;
  for (let n = 0; n < sizes.pushes; n += 1) {
    newest += 1;
    found.push.add(stage.push(itemAt(newest)));
    const middle = stage.feed.getSnapshot().items[sizes.shown >>> 1];
    if (!middle) throw new Error('the store lost its items');
    found.mark.add(await stage.mark(middle));
    newest += 1;
    found.bump.add(stage.push({ ...middle, at: itemAt(newest).at }));
  }
  stage.feed.close();
  progress(`store: ${sizes.pushes} pushes to ${sizes.shown} items`);
  const titles = { push: 'a new item on top', bump: 'an item from the middle moves up', mark: 'a mark' };
  return (['push', 'bump', 'mark'] as const).map((kind) => ({
    name: `store.${kind}`,
    title: `${sizes.shown.toLocaleString('en')} items shown: ${titles[kind]}`,
    unit: 'ms',
    hub: found[kind].percentile(50),
    limit: limits[`store.${kind}`],
  }));
}
