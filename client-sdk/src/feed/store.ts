import type { FeedPage, FeedQuery, MarkAnswer, MarkInput } from '../../../protocol/entities.ts';
import type { Call, HubSocket } from '../caller.ts';
import { HubError } from '../error.ts';
import { Subscribable } from '../subscribable.ts';
import type { FeedEvent } from './events.ts';
import { ask, reduce } from './reducer.ts';
import { snapshotOf } from './snapshot.ts';
import type { Asked } from './stamp.ts';
import { type FeedSnapshot, type FeedState, initialState } from './state.ts';
import { Sync } from './sync.ts';

export interface FeedOptions {
  locale?: string;
  /** When listeners hear of changes; whatever happens until then they hear of at once. Default: the next task. */
  schedule?: (notify: () => void) => void;
}

type Marking = 'feed:read' | 'feed:unread' | 'feed:seen';

const flags = {
  'feed:read': { unread: false, seen: true },
  'feed:unread': { unread: true },
  'feed:seen': { seen: true },
} as const satisfies Record<Marking, { unread?: boolean; seen?: boolean }>;

/** Items of a page, and the most that a reload brings back. */
const pageSize = 20;
const reloadSize = 100;
/** Items that may arrive live on top of the pages before the feed starts afresh: an open page must not grow for ever. */
const pushedKept = 1_000;
/** How often an older page is asked for again where marks overtook it. */
const pageAttempts = 3;

/**
 * The user's inbox, live. It starts with its first listener and then keeps itself whole over broken
 * connections until the hub is closed.
 */
export class Feed extends Subscribable {
  readonly #socket: HubSocket;
  readonly #call: Call;
  readonly #locale: { locale?: string };
  readonly #schedule: (notify: () => void) => void;
  readonly #sync: Sync;
  #state: FeedState = initialState;
  #snapshot: FeedSnapshot = snapshotOf(initialState);
  #notified: FeedSnapshot = this.#snapshot;
  #snapshotIsOld = false;
  #scheduled = false;
  #started = false;
  #loadingMore: Promise<void> | undefined;
  #requests: Promise<void> = Promise.resolve();

  constructor(socket: HubSocket, call: Call, options: FeedOptions = {}) {
    super();
    this.#socket = socket;
    this.#call = call;
    this.#locale = options.locale ? { locale: options.locale } : {};
    this.#schedule = options.schedule ?? ((notify) => setTimeout(notify));
    this.#sync = new Sync({
      fetch: (wanted) => this.#inTurn(() => (wanted === 'reload' ? this.#reload() : this.#catchUp())),
      failed: (error) => this.#apply({ type: 'failed', error }),
      connected: () => socket.connected,
    });
  }

  override subscribe(listener: () => void): () => void {
    this.#start();
    return super.subscribe(listener);
  }

  getSnapshot(): FeedSnapshot {
    if (this.#snapshotIsOld) this.#snapshot = snapshotOf(this.#state, this.#snapshot);
    this.#snapshotIsOld = false;
    return this.#snapshot;
  }

  /** Adds the next older page, if there is one. Rejects with a `HubError`, which the snapshot shows as well. */
  loadMore(): Promise<void> {
    this.#loadingMore ??= this.#inTurn(() => this.#loadOlder()).finally(() => {
      this.#loadingMore = undefined;
    });
    return this.#loadingMore;
  }

  /** Asks for the first page again. Never rejects: see the snapshot's `error`. */
  refresh(): Promise<void> {
    this.#start();
    return this.#sync.want('reload');
  }

  markRead(ids: string[]): Promise<MarkAnswer> {
    return this.#mark('feed:read', { ids });
  }

  markUnread(ids: string[]): Promise<MarkAnswer> {
    return this.#mark('feed:unread', { ids });
  }

  markSeen(ids: string[]): Promise<MarkAnswer> {
    return this.#mark('feed:seen', { ids });
  }

  /** Everything up to what this client has shown, loaded or not; what arrives meanwhile stays unread. */
  markAllRead(): Promise<MarkAnswer> {
    return this.#mark('feed:read', { all: true });
  }

  /** For the hub's end: nothing more is asked for. */
  stop(): void {
    this.#sync.stop();
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const connected = (): void => {
      void this.#sync.want(this.#state.position === '' ? 'reload' : 'changes');
    };
    this.#socket
      .on('connect', connected)
      .on('disconnect', () => this.#apply({ type: 'broken' }))
      .on('feed:item', (push) => this.#apply({ type: 'item', push }))
      .on('feed:removed', (push) => this.#apply({ type: 'removed', push }))
      .on('feed:marked', (push) => this.#apply({ type: 'marked', push }))
      .on('feed:counts', (push) => this.#apply({ type: 'counts', push }))
      .on('feed:stale', () => {
        this.#apply({ type: 'broken' });
        void this.#sync.want('changes');
      })
      .on('feed:reset', () => {
        this.#apply({ type: 'reset' });
        void this.#sync.want('reload');
      });
    this.#apply({ type: 'loading' });
    if (this.#socket.connected) connected();
  }

  async #reload(): Promise<void> {
    this.#apply({ type: 'loading' });
    const limit = Math.min(reloadSize, Math.max(pageSize, this.#state.paged));
    const answer = await this.#pageNotOvertaken({ limit });
    this.#apply({ type: 'firstPage', ...answer });
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const asked = ask(this.#state);
      const changes = await this.#call('feed:changes', { position: this.#state.position });
      if (changes.reset) {
        this.#apply({ type: 'reset' });
        return this.#reload();
      }
      this.#apply({ type: 'changes', changes, asked });
      if (!changes.more) return;
    }
  }

  async #loadOlder(): Promise<void> {
    const { cursor } = this.#state;
    if (cursor === null) return;
    this.#apply({ type: 'loadingMore' });
    try {
      const answer = await this.#pageNotOvertaken({ limit: pageSize, cursor });
      this.#apply({ type: 'olderPage', ...answer, cursor });
    } catch (thrown) {
      const error = HubError.from(thrown);
      this.#apply({ type: 'failed', error });
      throw error;
    }
  }

  /** A page read before a mark that arrived meanwhile would show it undone: such a page is asked for again. */
  async #pageNotOvertaken(query: FeedQuery): Promise<{ page: FeedPage; asked: Asked }> {
    for (let attempt = 1; ; attempt += 1) {
      const asked = ask(this.#state);
      const page = await this.#call('feed:list', { ...this.#locale, ...query });
      const { marked } = this.#state;
      const overtaken = marked.turn > asked.turn && marked.position > page.position;
      if (!overtaken || attempt === pageAttempts) return { page, asked };
    }
  }

  /** The answer is applied here; other connections of the user hear of it by a push. */
  async #mark(event: Marking, input: MarkInput): Promise<MarkAnswer> {
    const upTo = this.#state.latest;
    const answer = await this.#call(event, upTo === '' ? input : { ...input, position: upTo });
    const { counts, position } = answer;
    const push = { ...input, ...flags[event], position };
    this.#apply(upTo === '' ? { type: 'marked', push } : { type: 'ownMark', push, upTo });
    this.#apply({ type: 'counts', push: { ...counts, position } });
    return answer;
  }

  /** One request for items at a time: which of two answers was read first could not be told. */
  #inTurn(request: () => Promise<void>): Promise<void> {
    const done = this.#requests.then(request);
    this.#requests = done.catch(() => undefined);
    return done;
  }

  #apply(event: FeedEvent): void {
    const next = reduce(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#snapshotIsOld = true;
    if (event.type === 'item' && next.entries.length - next.paged > pushedKept) {
      void this.#sync.want('reload');
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      const snapshot = this.getSnapshot();
      if (snapshot === this.#notified) return;
      this.#notified = snapshot;
      this.notify();
    });
  }
}
