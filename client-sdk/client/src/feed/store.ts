import type { FeedPage, FeedQuery, MarkAnswer, PressAnswer } from '../../../../protocol/entities.ts';
import { HubError } from '../../../common/hub-error.ts';
import { type Call, callTimeout, type RpcCalls } from '../rpc-client.ts';
import { listen } from '../socket-listeners.ts';
import { nextTask, type Schedule, Subscribable } from '../subscribable.ts';
import type { FeedEvent } from './events.ts';
import * as kinds from './mark-kinds.ts';
import { Marks } from './marks.ts';
import { reduce } from './reducer.ts';
import { snapshotOf } from './snapshot.ts';
import { type FeedSnapshot, type FeedState, initialState } from './state.ts';
import { changes, reload, Sync } from './sync.ts';
import type { RequestContext } from './version.ts';

export interface FeedOptions {
  locale?: string;
  /** When listeners are notified. All changes until then are coalesced. Default: in the next task. */
  schedule?: Schedule;
  /** Milliseconds that a mark may wait for the connection. Default: 40,000. */
  markTimeout?: number;
  /**
   * Calls `listener` when the page is being unloaded. Returns a function that unsubscribes. Default: never calls it.
   */
  onLeave?: (listener: () => void) => () => void;
}

/** Items per page, and the most items that a reload fetches. */
const pageSize = 20;
const reloadSize = 100;
/**
 * Pushed items on top of the loaded pages before the feed reloads, so that a long-lived page does not grow without
 * bound.
 */
const maxPushedItems = 1_000;
/** Attempts to fetch a page that is not older than the last mark. */
const maxPageAttempts = 3;

/**
 * The user's feed, live. `subscribe` and `getSnapshot` can be passed to React's `useSyncExternalStore` as they are.
 *
 * The feed starts with its first listener and recovers from broken connections. It stops in the task after the last
 * listener unsubscribes. It keeps its state, and fetches the missed changes when the next listener subscribes.
 */
export class Feed extends Subscribable {
  readonly #rpc: RpcCalls;
  readonly #locale: string | undefined;
  readonly #schedule: Schedule;
  readonly #sync: Sync;
  readonly #marks: Marks;
  #state: FeedState = initialState;
  #snapshot: FeedSnapshot = snapshotOf(initialState);
  #notifiedSnapshot: FeedSnapshot = this.#snapshot;
  #isSnapshotStale = false;
  /** Unregisters the socket listeners; null: the feed has no listeners, so it is stopped. */
  #stopListening: (() => void) | null = null;
  #loadingMore: Promise<void> | undefined;
  #requests: Promise<void> = Promise.resolve();

  constructor(rpc: RpcCalls, options: FeedOptions = {}) {
    super();
    this.#rpc = rpc;
    this.#locale = options.locale;
    this.#schedule = options.schedule ?? nextTask;
    this.#sync = new Sync({
      fetch: (kind) =>
        this.#enqueue(() => (kind === reload ? this.#reload(rpc.call) : this.#catchUp(rpc.call))),
      onError: (error) => this.#apply({ type: 'failed', error }),
      isReady: () => rpc.isReady,
    });
    this.#marks = new Marks({
      call: rpc.call,
      callWithRetry: rpc.callWithRetry,
      timeoutError: (event) => rpc.timeoutError(event),
      state: () => this.#state,
      apply: (event) => this.#apply(event),
      enqueue: (request) => this.#enqueue(request),
      catchUp: () => this.#catchUp(rpc.callWithRetry),
      invalidate: () => this.#invalidate(),
      markTimeout: options.markTimeout ?? callTimeout,
      // Without a connection the calls would be buffered and sent when the page comes back.
      onLeave: (listener) => options.onLeave?.(() => rpc.socket.connected && listener()),
    });
  }

  /** Calls `listener` after changes, once for changes that happen together. Returns a function that unsubscribes. */
  override subscribe(listener: () => void): () => void {
    const unsubscribe = super.subscribe(listener);
    this.#start();
    return () => {
      unsubscribe();
      // Deferred: React's strict mode subscribes again at once, and then no push is lost.
      this.#schedule(() => !this.hasListeners && this.#stop());
    };
  }

  /** The current state: immutable, and the same object until something in it changes. */
  getSnapshot(): FeedSnapshot {
    if (this.#isSnapshotStale) this.#snapshot = snapshotOf(this.#state, this.#snapshot);
    this.#isSnapshotStale = false;
    return this.#snapshot;
  }

  /**
   * Loads the next older page, if there is one, of up to `limit` items: 1 to 100, default 20. A second call before the
   * response returns the same promise. Rejects with a `HubError`, which is also the snapshot's `error`.
   */
  loadMore(limit: number = pageSize): Promise<void> {
    this.#loadingMore ??= this.#enqueue(() => this.#loadOlder(limit)).finally(() => {
      this.#loadingMore = undefined;
    });
    return this.#loadingMore;
  }

  /** Loads the first page again, or as soon as there is a connection. Never rejects: see the snapshot's `error`. */
  refresh(): Promise<void> {
    return this.#sync.request(reload);
  }

  /**
   * Marks up to 1,000 items as read, which implies seen. Like every mark, it is shown immediately and applies to the
   * current state of the items: an item that changes before the hub applies the mark stays unread. While the connection
   * is down, the mark waits for up to 40 s. If it fails, the previous state is shown again and the promise rejects with
   * a `HubError`, which is also the snapshot's `error`.
   */
  markRead(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark(kinds.markRead, ids);
  }

  /** Marks up to 1,000 items as unread; they stay seen. Otherwise like `markRead`. */
  markUnread(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark(kinds.markUnread, ids);
  }

  /**
   * Marks up to 1,000 items as seen. Without `ids`: everything up to the newest item that this client has shown, loaded
   * or not. Otherwise like `markRead`.
   */
  markSeen(ids: readonly string[] | null = null): Promise<MarkAnswer> {
    return this.#mark(kinds.markSeen, ids);
  }

  /**
   * Marks everything up to the newest item that this client has shown as read, loaded or not. Later items stay unread.
   */
  markAllRead(): Promise<MarkAnswer> {
    return this.#mark(kinds.markRead, null);
  }

  /** Archives up to 1,000 items, which marks them read and seen. Like `markRead`, it is shown immediately. */
  archive(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark(kinds.archive, ids);
  }

  /** Archives everything up to the newest item that this client has shown, loaded or not. Later items stay. */
  archiveAll(): Promise<MarkAnswer> {
    return this.#mark(kinds.archive, null);
  }

  /** Returns up to 1,000 archived items to the inbox. Their marks stay. Otherwise like `markRead`. */
  unarchive(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark(kinds.unarchive, ids);
  }

  /**
   * Takes up to 1,000 items out of the inbox until a time, at most a year ahead. Then they return: unread, unseen, and
   * with that time as `at`. Otherwise like `markRead`.
   */
  snooze(ids: readonly string[], until: Date | string): Promise<MarkAnswer> {
    const time = new Date(until);
    // The hub rejects a text that is no time.
    return this.#mark(kinds.snooze(Number.isNaN(time.getTime()) ? String(until) : time.toISOString()), ids);
  }

  /** Returns up to 1,000 snoozed items to their places in the inbox. Their marks stay. Otherwise like `markRead`. */
  unsnooze(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark(kinds.unsnooze, ids);
  }

  /**
   * Presses a button of an item, by their ids. Shown immediately: the item is pressed, read and seen. If the application
   * refuses it (code `press_refused`, with its message), or another press was first (`already_pressed`, with that press in
   * `pressed`), the current state is shown again and the promise rejects with a `HubError`.
   */
  press(item: string, button: string): Promise<PressAnswer> {
    return this.#marks.press({ item, button });
  }

  /** Called when the hub is closed. */
  close(): void {
    this.#stop();
    this.#marks.close();
  }

  #start(): void {
    if (this.#stopListening) return;
    const apply = (event: FeedEvent): void => this.#apply(event);
    const invalidate = (): void => this.#invalidate();
    this.#stopListening = listen(this.#rpc.socket, {
      connect: invalidate,
      connect_error: invalidate,
      disconnect: () => {
        apply({ type: 'gap' });
        invalidate();
      },
      'feed:item': (push) => apply({ type: 'item', push }),
      'feed:removed': (push) => apply({ type: 'removed', push }),
      'feed:marked': (push) => apply({ type: 'marked', push }),
      'feed:counts': (push) => apply({ type: 'counts', push }),
      'feed:stale': () => {
        apply({ type: 'gap' });
        invalidate();
      },
      'feed:reset': () => {
        apply({ type: 'reset' });
        invalidate();
      },
    });
    if (this.#state.status === 'idle') apply({ type: 'status', status: 'loading' });
    invalidate();
  }

  #stop(): void {
    if (!this.#stopListening) return;
    this.#stopListening();
    this.#stopListening = null;
    this.#sync.stop();
    this.#apply({ type: 'gap' });
  }

  /** Fetches the changes, or the first page if there is no valid position. */
  #invalidate(): void {
    if (this.#stopListening) void this.#sync.request(this.#state.position === '' ? reload : changes);
  }

  #mark(kind: kinds.MarkKind, ids: readonly string[] | null): Promise<MarkAnswer> {
    if (ids?.length !== 0) return this.#marks.submit(kind, ids);
    return Promise.resolve({
      changed: 0,
      counts: this.getSnapshot().counts,
      position: this.#state.latestPosition,
    });
  }

  async #reload(call: Call): Promise<void> {
    this.#apply({ type: 'status', status: 'loading' });
    const limit = Math.min(reloadSize, Math.max(pageSize, this.#state.pagedCount));
    this.#apply({ type: 'firstPage', ...(await this.#fetchCurrentPage(call, { limit })) });
  }

  async #catchUp(call: Call): Promise<void> {
    while (this.#state.position !== '') {
      const requestContext = this.#requestContext();
      const response = await call('feed:changes', { position: this.#state.position });
      if (response.reset) this.#apply({ type: 'reset' });
      else {
        this.#apply({ type: 'changes', changes: response, requestContext });
        if (!response.more && !this.#isOutdated(response, requestContext)) return;
      }
    }
    await this.#reload(call);
  }

  async #loadOlder(limit: number): Promise<void> {
    const { cursor } = this.#state;
    if (cursor === null) return;
    this.#apply({ type: 'status', status: 'loadingMore' });
    try {
      const response = await this.#fetchCurrentPage(this.#rpc.call, { limit, cursor });
      this.#apply({ type: 'olderPage', ...response, cursor });
    } catch (thrown) {
      const error = HubError.from(thrown);
      this.#apply({ type: 'failed', error });
      throw error;
    }
  }

  /**
   * Whether a mark arrived that the response does not include. The mark had no effect on items that only the response
   * brings, so they would show it undone. Such a response is fetched again.
   */
  #isOutdated({ position }: { position: string }, { sequence }: RequestContext): boolean {
    const { marksVersion } = this.#state;
    return marksVersion.sequence > sequence && marksVersion.position > position;
  }

  async #fetchCurrentPage(
    call: Call,
    query: FeedQuery,
  ): Promise<{ page: FeedPage; requestContext: RequestContext }> {
    for (let attempt = 1; ; attempt += 1) {
      const requestContext = this.#requestContext();
      const page = await call('feed:list', { locale: this.#locale, ...query });
      const isCurrent = !this.#isOutdated(page, requestContext);
      if (isCurrent || attempt === maxPageAttempts) return { page, requestContext };
    }
  }

  /** While the feed is stopped, pushes are lost: a response to a request from that time does not close the gap. */
  #requestContext(): RequestContext {
    return this.#stopListening ? this.#state : { ...this.#state, gapSequence: -1 };
  }

  /** Runs one request at a time, because the order in which the hub read two responses would be unknown. */
  #enqueue(request: () => Promise<void>): Promise<void> {
    const result = this.#requests.then(request);
    this.#requests = result.catch(() => undefined);
    return result;
  }

  #apply(event: FeedEvent): void {
    const next = reduce(this.#state, event);
    this.#state = next;
    this.#isSnapshotStale = true;
    if (
      event.type === 'item' &&
      next.entries.length - next.pagedCount > Math.max(maxPushedItems, next.pagedCount)
    ) {
      void this.#sync.request(reload);
    }
    this.notifyLater(this.#schedule);
  }

  protected override notify(): void {
    const snapshot = this.getSnapshot();
    if (snapshot === this.#notifiedSnapshot) return;
    this.#notifiedSnapshot = snapshot;
    super.notify();
  }
}
