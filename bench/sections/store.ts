/**
 * The cost of a push in a page with thousands of items: from its arrival until the store has the new snapshot and has notified
 * its listeners. It uses only the client's store, in this process, with a fake transport.
 */
import { Feed } from '../../client-sdk/client/src/feed/store.ts';
import type { FeedItem, FeedPage } from '../../protocol/entities.ts';
import { FakeTransport } from '../../test/unit/client-sdk-client/fake-transport.ts';
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
    body: '',
    url: null,
    buttons: [],
    timestamp: time,
    updatedAt: time,
    count: 1,
    text: 'Ada closed Fix login in Website',
  };
  const inInbox = { archived: false, snoozedUntil: null };
  return {
    id: `item-${String(n).padStart(8, '0')}`,
    action,
    unread: true,
    seen: false,
    at: time,
    ...inInbox,
    pressed: null,
  };
}

/** A store with this many items, and its fake transport. */
class StoreFixture {
  readonly feed: Feed;
  readonly #transport: FakeTransport;
  readonly #scheduled: Array<() => void> = [];
  readonly #items: FeedItem[];
  #position = 1_000_000;
  #notifications = 0;

  constructor(items: number) {
    this.#items = Array.from({ length: items }, (_, n) => itemAt(n)).reverse();
    const unexpected = (): never => {
      throw new Error('unexpected call');
    };
    const marked = () => ({ changed: 1, counts: unread, position: this.#next() });
    this.#transport = new FakeTransport({
      'feed:list': ({ limit = 20, cursor = '0' }) => this.#page(Number(cursor), limit),
      'feed:read': marked,
      'feed:unread': marked,
      'feed:seen': marked,
      'feed:press': unexpected,
      'feed:archive': marked,
      'feed:unarchive': marked,
      'feed:snooze': marked,
      'feed:unsnooze': marked,
      'feed:changes': unexpected,
      log: unexpected,
      track: unexpected,
      untrack: unexpected,
      watch: unexpected,
      unwatch: unexpected,
      event: unexpected,
      auth: unexpected,
    });
    this.feed = new Feed(this.#transport, {
      schedule: (notify) => this.#scheduled.push(notify),
    });
    this.feed.subscribe(() => {
      this.feed.getSnapshot();
      this.#notifications += 1;
    });
  }

  async load(): Promise<void> {
    this.#transport.connect();
    await this.#respond();
    while (this.feed.getSnapshot().hasMore) {
      const more = this.feed.loadMore(100);
      await this.#respond();
      await more;
    }
    this.notifyListeners();
  }

  /** Milliseconds from the push until the listener is notified. */
  push(item: FeedItem): number {
    this.#transport.push('feed:item', { item, position: this.#next() });
    return this.#measure(() => this.#transport.pushes[0]?.arrive());
  }

  /** Milliseconds from the call until the listener is notified; then the call gets its response. */
  async mark(item: FeedItem): Promise<number> {
    let result: Promise<unknown> = Promise.resolve();
    const elapsed = this.#measure(() => {
      result = this.feed.markRead([item.id]);
    });
    await this.#respond();
    await result;
    this.notifyListeners();
    return elapsed;
  }

  notifyListeners(): void {
    for (const notify of this.#scheduled.splice(0)) notify();
  }

  #measure(trigger: () => void): number {
    const before = this.#notifications;
    const started = performance.now();
    trigger();
    this.notifyListeners();
    const elapsed = performance.now() - started;
    if (this.#notifications !== before + 1) throw new Error('the listener must be notified once');
    return elapsed;
  }

  async #respond(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const call of this.#transport.calls) call.respond();
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
  const fixture = new StoreFixture(sizes.shown);
  await fixture.load();
  const found = { push: new Latencies(), bump: new Latencies(), mark: new Latencies() };
  let newest = sizes.shown;
  for (let n = 0; n < sizes.pushes; n += 1) {
    newest += 1;
    found.push.add(fixture.push(itemAt(newest)));
    const middle = fixture.feed.getSnapshot().items[sizes.shown >>> 1];
    if (!middle) throw new Error('the store lost its items');
    found.mark.add(await fixture.mark(middle));
    newest += 1;
    found.bump.add(fixture.push({ ...middle, at: itemAt(newest).at }));
  }
  fixture.feed.close();
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
