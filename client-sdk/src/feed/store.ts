import type { FeedPage, FeedQuery, MarkAnswer } from '../../../protocol/entities.ts';
import { listen } from '../arrivals.ts';
import { answerWithin, type Call, type Calls } from '../caller.ts';
import { HubError } from '../error.ts';
import { nextTask, type Schedule, Subscribable } from '../subscribable.ts';
import type { FeedEvent } from './events.ts';
import { type Marking, Marks } from './marks.ts';
import { reduce } from './reducer.ts';
import { snapshotOf } from './snapshot.ts';
import type { Asked } from './stamp.ts';
import { type FeedSnapshot, type FeedState, initialState } from './state.ts';
import { changes, reload, Sync } from './sync.ts';

export interface FeedOptions {
  locale?: string;
  /** When listeners hear of changes; whatever happens until then they hear of at once. Default: the next task. */
  schedule?: Schedule;
  /** Milliseconds a mark may wait for the connection. Default: 40 s. */
  patience?: number;
  /** Tells when the page is left, until the function it answers is called. Default: never. */
  onLeave?: (left: () => void) => () => void;
}

/** Items of a page, and the most that a reload brings back. */
const pageSize = 20;
const reloadSize = 100;
/** Items that may arrive live on top of the pages before the feed starts afresh: an open page must not grow for ever. */
const pushedKept = 1_000;
/** How often an older page is asked for again where marks overtook it. */
const pageAttempts = 3;

/**
 * The user's inbox, live: `subscribe` and `getSnapshot` fit React's `useSyncExternalStore` as they are.
 *
 * It starts with its first listener, keeps itself whole over broken connections, and stops in the task after the last
 * one left. What is known then stays: with the next listener it asks for what changed meanwhile.
 */
export class Feed extends Subscribable {
  readonly #calls: Calls;
  readonly #locale: string | undefined;
  readonly #schedule: Schedule;
  readonly #sync: Sync;
  readonly #marks: Marks;
  #state: FeedState = initialState;
  #snapshot: FeedSnapshot = snapshotOf(initialState);
  #notified: FeedSnapshot = this.#snapshot;
  #snapshotIsOld = false;
  /** Ends listening; null: nobody listens to it, so it listens to nothing. */
  #mute: (() => void) | null = null;
  #loadingMore: Promise<void> | undefined;
  #requests: Promise<void> = Promise.resolve();

  constructor(calls: Calls, options: FeedOptions = {}) {
    super();
    this.#calls = calls;
    this.#locale = options.locale;
    this.#schedule = options.schedule ?? nextTask;
    this.#sync = new Sync({
      fetch: (wanted) =>
        this.#inTurn(() => (wanted === reload ? this.#reload(calls.call) : this.#catchUp(calls.call))),
      failed: (error) => this.#apply({ type: 'failed', error }),
      isReady: () => calls.isReady,
    });
    this.#marks = new Marks({
      call: calls.call,
      persist: calls.persist,
      late: (event) => calls.late(event),
      state: () => this.#state,
      apply: (event) => this.#apply(event),
      inTurn: (request) => this.#inTurn(request),
      catchUp: () => this.#catchUp(calls.persist),
      suspect: () => this.#suspect(),
      patience: options.patience ?? answerWithin,
      // What is not sent then would be sent when the page comes back.
      onLeave: (left) => options.onLeave?.(() => calls.socket.connected && left()),
    });
  }

  /** Tells `listener` of every change, once of those that come together; answers the function that ends that. */
  override subscribe(listener: () => void): () => void {
    const unsubscribe = super.subscribe(listener);
    this.#start();
    return () => {
      unsubscribe();
      // Whoever subscribes again at once, as strict mode does, goes on with the same run of pushes.
      this.#schedule(() => !this.hasListeners && this.#stop());
    };
  }

  /** What is known now: immutable, and the same object until something in it changes. */
  getSnapshot(): FeedSnapshot {
    if (this.#snapshotIsOld) this.#snapshot = snapshotOf(this.#state, this.#snapshot);
    this.#snapshotIsOld = false;
    return this.#snapshot;
  }

  /**
   * Adds the next older page, if there is one, of up to `limit` items, 1 to 100. Called again before the answer it is the
   * same call. Rejects with a `HubError`, which the snapshot shows as well.
   */
  loadMore(limit: number = pageSize): Promise<void> {
    this.#loadingMore ??= this.#inTurn(() => this.#loadOlder(limit)).finally(() => {
      this.#loadingMore = undefined;
    });
    return this.#loadingMore;
  }

  /** Asks for the first page again; without a connection as soon as it is there. Never rejects: see the snapshot's `error`. */
  refresh(): Promise<void> {
    return this.#sync.want(reload);
  }

  /**
   * Marks up to 1,000 items read, and so seen. As every mark it shows at once and holds for what is known now: an item
   * that changes before the hub has carried it out stays unread. While the connection is down it waits for up to 40 s.
   * Where it is refused, what was shown before is shown again and the promise rejects with a `HubError`, which the
   * snapshot shows as well.
   */
  markRead(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark('feed:read', ids);
  }

  /** Marks up to 1,000 items unread; they stay seen. Otherwise as `markRead`. */
  markUnread(ids: readonly string[]): Promise<MarkAnswer> {
    return this.#mark('feed:unread', ids);
  }

  /**
   * Marks up to 1,000 items seen, without `ids` everything up to what this client has shown, loaded or not. Otherwise as
   * `markRead`.
   */
  markSeen(ids: readonly string[] | null = null): Promise<MarkAnswer> {
    return this.#mark('feed:seen', ids);
  }

  /** Marks everything read up to what this client has shown, loaded or not; what arrives meanwhile stays unread. */
  markAllRead(): Promise<MarkAnswer> {
    return this.#mark('feed:read', null);
  }

  /** For the hub's end. */
  close(): void {
    this.#stop();
    this.#marks.close();
  }

  #start(): void {
    if (this.#mute) return;
    const apply = (event: FeedEvent): void => this.#apply(event);
    const suspect = (): void => this.#suspect();
    this.#mute = listen(this.#calls.socket, {
      connect: suspect,
      connect_error: suspect,
      disconnect: () => {
        apply({ type: 'broken' });
        suspect();
      },
      'feed:item': (push) => apply({ type: 'item', push }),
      'feed:removed': (push) => apply({ type: 'removed', push }),
      'feed:marked': (push) => apply({ type: 'marked', push }),
      'feed:counts': (push) => apply({ type: 'counts', push }),
      'feed:stale': () => {
        apply({ type: 'broken' });
        suspect();
      },
      'feed:reset': () => {
        apply({ type: 'reset' });
        suspect();
      },
    });
    if (this.#state.status === 'idle') apply({ type: 'status', status: 'loading' });
    suspect();
  }

  #stop(): void {
    if (!this.#mute) return;
    this.#mute();
    this.#mute = null;
    this.#sync.stop();
    this.#apply({ type: 'broken' });
  }

  /** Asks for what changed, or for everything where the last position says nothing. */
  #suspect(): void {
    if (this.#mute) void this.#sync.want(this.#state.position === '' ? reload : changes);
  }

  #mark(marking: Marking, ids: readonly string[] | null): Promise<MarkAnswer> {
    if (ids?.length !== 0) return this.#marks.make(marking, ids);
    return Promise.resolve({ changed: 0, counts: this.getSnapshot().counts, position: this.#state.latest });
  }

  async #reload(call: Call): Promise<void> {
    this.#apply({ type: 'status', status: 'loading' });
    const limit = Math.min(reloadSize, Math.max(pageSize, this.#state.paged));
    this.#apply({ type: 'firstPage', ...(await this.#pageNotOvertaken(call, { limit })) });
  }

  async #catchUp(call: Call): Promise<void> {
    while (this.#state.position !== '') {
      const asked = this.#ask();
      const answer = await call('feed:changes', { position: this.#state.position });
      if (answer.reset) this.#apply({ type: 'reset' });
      else {
        this.#apply({ type: 'changes', changes: answer, asked });
        if (!answer.more) return;
      }
    }
    await this.#reload(call);
  }

  async #loadOlder(limit: number): Promise<void> {
    const { cursor } = this.#state;
    if (cursor === null) return;
    this.#apply({ type: 'status', status: 'loadingMore' });
    try {
      const answer = await this.#pageNotOvertaken(this.#calls.call, { limit, cursor });
      this.#apply({ type: 'olderPage', ...answer, cursor });
    } catch (thrown) {
      const error = HubError.from(thrown);
      this.#apply({ type: 'failed', error });
      throw error;
    }
  }

  /** A page read before a mark that arrived meanwhile would show it undone: such a page is asked for again. */
  async #pageNotOvertaken(call: Call, query: FeedQuery): Promise<{ page: FeedPage; asked: Asked }> {
    for (let attempt = 1; ; attempt += 1) {
      const asked = this.#ask();
      const page = await call('feed:list', { locale: this.#locale, ...query });
      const { marked } = this.#state;
      const overtaken = marked.turn > asked.turn && marked.position > page.position;
      if (!overtaken || attempt === pageAttempts) return { page, asked };
    }
  }

  /** What is asked for while nothing is listened to mends no run of pushes. */
  #ask(): Asked {
    return this.#mute ? this.#state : { ...this.#state, broken: -1 };
  }

  /** One request at a time: which of two answers was read first could not be told. */
  #inTurn(request: () => Promise<void>): Promise<void> {
    const done = this.#requests.then(request);
    this.#requests = done.catch(() => undefined);
    return done;
  }

  #apply(event: FeedEvent): void {
    const next = reduce(this.#state, event);
    this.#state = next;
    this.#snapshotIsOld = true;
    if (event.type === 'item' && next.entries.length - next.paged > Math.max(pushedKept, next.paged)) {
      void this.#sync.want(reload);
    }
    this.notifyLater(this.#schedule);
  }

  protected override notify(): void {
    const snapshot = this.getSnapshot();
    if (snapshot === this.#notified) return;
    this.#notified = snapshot;
    super.notify();
  }
}
