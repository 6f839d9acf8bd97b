/**
 * A fake hub inside the page, controlled by the test. It pushes at once, records requests, and responds when the test
 * allows it.
 */

import type {
  ConnectionProblem,
  ConnectionState,
  FeedSnapshot,
} from '../../../client-sdk/client/src/index.ts';
import { Subscribable } from '../../../client-sdk/client/src/subscribable.ts';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import type { Button, Counts, FeedItem, Pressed, Ref } from '../../../protocol/entities.ts';

/** The time of item 0; each next item is a second later. */
const newest = Date.UTC(2026, 0, 1);

export interface ItemOptions {
  actor?: Ref | null;
  targets?: Ref[];
  related?: Ref[];
  text?: string;
  count?: number;
  unread?: boolean;
  seen?: boolean;
  at?: string;
  level?: number;
  body?: string;
  url?: string;
  buttons?: Button[];
  pressed?: Pressed;
}

export function feedItem(number: number, changes: ItemOptions = {}): FeedItem {
  const { unread = true, seen = !unread, at = new Date(newest + number * 1_000).toISOString() } = changes;
  const actor =
    changes.actor === undefined ? { type: 'user', id: 'ada', name: 'Ada Lovelace' } : changes.actor;
  const targets = changes.targets ?? [
    { type: 'issue', id: String(number), name: `Issue ${number}`, url: `#issue-${number}` },
  ];
  return {
    id: `i${number}`,
    unread,
    seen,
    at,
    archived: false,
    snoozedUntil: null,
    pressed: changes.pressed ?? null,
    action: {
      id: `a${number}`,
      actor,
      verb: 'closed',
      targets,
      related: changes.related ?? [],
      level: changes.level ?? 30,
      data: {},
      body: changes.body ?? '',
      url: changes.url ?? null,
      buttons: changes.buttons ?? [],
      timestamp: at,
      updatedAt: at,
      count: changes.count ?? 1,
      text: changes.text ?? `${actor?.name ?? 'Nobody'} closed ${targets[0]?.name ?? 'it'}`,
    },
  };
}

class FakeConnection extends Subscribable {
  state: ConnectionState = 'online';

  getSnapshot(): ConnectionState {
    return this.state;
  }

  problem: ConnectionProblem | null = null;
  /** The number of calls of `retry`. */
  retries = 0;

  become(state: ConnectionState, problem: ConnectionProblem | null = null): void {
    this.state = state;
    this.problem = problem;
    this.notify();
  }

  /** Simulates a token error; `isRetryable`: the client retries. */
  failWith(code: 'unauthenticated' | 'token_failed', isRetryable: boolean): void {
    const error = new HubError(code, `it is ${code}`, isRetryable);
    const retryAt = isRetryable ? Date.now() + 5_000 : null;
    this.become(code === 'unauthenticated' ? 'expired' : 'offline', { error, retryAt });
  }

  retry(): void {
    this.retries += 1;
  }
}

class FakeFeed extends Subscribable {
  listeners = 0;
  /** The requests in order: `markRead i1`, `loadMore 20`, … */
  readonly requests: string[] = [];
  /** Older items that are not loaded yet. */
  older: FeedItem[] = [];
  refuses = false;
  /** The error of a refused mark. Default: as `isRetryable` says. */
  refusal: HubError | undefined;
  /** Whether a refused mark can be retried. */
  isRetryable = false;
  /** If set, `loadMore` waits for `respond`. */
  holds = false;
  #respond: (() => void) | undefined;
  snapshot: FeedSnapshot = {
    items: [],
    counts: { unread: 0, unseen: 0, capped: false },
    status: 'loading',
    hasMore: false,
    error: null,
  };

  override subscribe(listener: () => void): () => void {
    this.listeners += 1;
    const stop = super.subscribe(listener);
    return () => {
      this.listeners -= 1;
      stop();
    };
  }

  getSnapshot(): FeedSnapshot {
    return this.snapshot;
  }

  change(changes: Partial<FeedSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...changes };
    this.notify();
  }

  /** Replaces all items, newest first; `older` items can be loaded. */
  show(items: FeedItem[], older: FeedItem[] = [], counts: Partial<Counts> = {}): void {
    this.older = older;
    const all = [...items, ...older];
    this.change({
      items,
      counts: { ...this.#countsOf(all), ...counts },
      status: 'ready',
      hasMore: older.length > 0,
      error: null,
    });
  }

  /** Pushes items. */
  push(...items: FeedItem[]): void {
    const ids = new Set(items.map(({ id }) => id));
    const others = this.snapshot.items.filter(({ id }) => !ids.has(id));
    this.#put(
      [...items, ...others].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1)),
    );
  }

  remove(...ids: string[]): void {
    this.#put(this.snapshot.items.filter(({ id }) => !ids.includes(id)));
  }

  fail(): void {
    this.change({ status: 'error', error: new HubError('unavailable', 'Not now', true) });
  }

  /** Completes `loadMore`. */
  respond(): void {
    this.#respond?.();
  }

  async loadMore(limit = 20): Promise<void> {
    this.requests.push(`loadMore ${limit}`);
    this.change({ status: 'loadingMore' });
    if (this.holds) await new Promise<void>((resolve) => (this.#respond = resolve));
    else await Promise.resolve();
    if (this.refuses) {
      this.fail();
      throw this.snapshot.error;
    }
    const page = this.older.splice(0, limit);
    this.change({
      items: [...this.snapshot.items, ...page],
      status: 'ready',
      hasMore: this.older.length > 0,
      error: null,
    });
  }

  async refresh(): Promise<void> {
    this.requests.push('refresh');
    if (!this.refuses) this.change({ status: 'ready', error: null });
  }

  markRead(ids: string[]): Promise<void> {
    return this.#mark(`markRead ${ids}`, (item) =>
      ids.includes(item.id) ? { unread: false, seen: true } : {},
    );
  }

  markUnread(ids: string[]): Promise<void> {
    return this.#mark(`markUnread ${ids}`, (item) => (ids.includes(item.id) ? { unread: true } : {}));
  }

  markAllRead(): Promise<void> {
    return this.#mark('markAllRead', () => ({ unread: false, seen: true }));
  }

  markSeen(): Promise<void> {
    return this.#mark('markSeen', () => ({ seen: true }));
  }

  press(id: string, button: string): Promise<void> {
    const pressed = { button, at: new Date(newest).toISOString() };
    return this.#mark(`press ${id} ${button}`, (item) =>
      item.id === id ? { unread: false, seen: true, pressed } : {},
    );
  }

  async #mark(request: string, change: (item: FeedItem) => Partial<FeedItem>): Promise<void> {
    this.requests.push(request);
    const snapshotBefore = this.snapshot;
    const marked = (item: FeedItem): FeedItem => {
      const changes = Object.entries(change(item)).filter(([key, to]) => Reflect.get(item, key) !== to);
      return changes.length === 0 ? item : { ...item, ...Object.fromEntries(changes) };
    };
    const olderBefore = this.older;
    this.older = this.older.map(marked);
    this.#put(this.snapshot.items.map(marked));
    await Promise.resolve();
    if (!this.refuses) return;
    this.older = olderBefore;
    this.change(snapshotBefore);
    if (this.refusal) throw this.refusal;
    throw this.isRetryable
      ? new HubError('unavailable', 'Not now', true)
      : new HubError('forbidden', 'Not allowed', false);
  }

  #put(items: FeedItem[]): void {
    this.change({ items, counts: this.#countsOf([...items, ...this.older]) });
  }

  #countsOf(all: FeedItem[]): Counts {
    const unread = all.filter((item) => item.unread).length;
    const unseen = all.filter((item) => !item.seen).length;
    return {
      unread: Math.min(unread, 999),
      unseen: Math.min(unseen, 999),
      capped: unread > 999 || unseen > 999,
    };
  }
}

export class FakeHub {
  readonly feed = new FakeFeed();
  readonly connection = new FakeConnection();
}
