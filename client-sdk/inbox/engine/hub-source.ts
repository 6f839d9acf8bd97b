import type { ConnectionProblem, ConnectionState, FeedSnapshot, Hub } from '@hubbub/client';

export interface HubSourceOptions {
  /** The hub changed, possibly to none. The state of the previous feed is invalid. */
  onHubChange(): void;
  onFeedChange(before: FeedSnapshot, now: FeedSnapshot): void;
  /** The feed or the connection changed. */
  onChange(): void;
}

const emptyFeed: FeedSnapshot = {
  items: [],
  counts: { unread: 0, unseen: 0, capped: false },
  status: 'idle',
  hasMore: false,
  error: null,
};

/** The subscribed feed and connection of a hub; an empty feed without a hub. */
export class HubSource {
  readonly #options: HubSourceOptions;
  #hub: Hub | null = null;
  #unsubscribes: Array<() => void> = [];
  feed: FeedSnapshot = emptyFeed;
  connection: ConnectionState = 'connecting';
  problem: ConnectionProblem | null = null;

  constructor(options: HubSourceOptions) {
    this.#options = options;
  }

  get hub(): Hub | null {
    return this.#hub;
  }

  setHub(hub: Hub | null): void {
    if (hub === this.#hub) return;
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
    this.#hub = hub;
    // Another hub has another feed: its items are not new.
    this.feed = emptyFeed;
    this.connection = 'connecting';
    this.problem = null;
    this.#options.onHubChange();
    if (hub) {
      const refresh = () => this.#refresh(hub);
      this.#unsubscribes = [hub.feed.subscribe(refresh), hub.connection.subscribe(refresh)];
      refresh();
    } else this.#options.onChange();
  }

  #refresh(hub: Hub): void {
    const before = this.feed;
    this.feed = hub.feed.getSnapshot();
    this.connection = hub.connection.getSnapshot();
    this.problem = hub.connection.problem;
    if (before !== this.feed) this.#options.onFeedChange(before, this.feed);
    this.#options.onChange();
  }
}
