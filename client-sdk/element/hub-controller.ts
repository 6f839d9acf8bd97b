import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { connect } from '../src/connect.ts';
import type { ConnectionProblem, ConnectionState } from '../src/connection.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Hub } from '../src/hub.ts';
import type { Token } from '../src/options.ts';

export interface HubControllerHost extends ReactiveControllerHost {
  readonly isConnected: boolean;
  readonly hub: Hub | null;
  readonly url: string | null;
  readonly token: Token | null;
}

export interface HubControllerOptions {
  /** The language to request texts in. */
  language(): string | undefined;
  /** The hub changed, possibly to none: the state of the previous feed is invalid. */
  hubChanged(): void;
  /** The feed changed. Called before it is rendered. */
  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void;
}

const emptySnapshot: FeedSnapshot = {
  items: [],
  counts: { unread: 0, unseen: 0, capped: false },
  status: 'idle',
  hasMore: false,
  error: null,
};

/**
 * Connects the inbox to a hub: a given one, which it never closes, or its own, which it closes. Subscribed while the
 * element is in a document.
 */
export class HubController implements ReactiveController {
  readonly #host: HubControllerHost;
  readonly #options: HubControllerOptions;
  #hub: Hub | null = null;
  #invalidUrl: string | undefined;
  #ownConnection: { hub: Hub; url: string; token: Token; language: string | undefined } | null = null;
  #unsubscribes: Array<() => void> = [];
  feed: FeedSnapshot = emptySnapshot;
  connection: ConnectionState = 'connecting';
  problem: ConnectionProblem | null = null;

  constructor(host: HubControllerHost, options: HubControllerOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  get hub(): Hub | null {
    return this.#hub;
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    // Moving an element removes and inserts it at once. That must not open a new connection.
    queueMicrotask(() => {
      if (this.#host.isConnected) return;
      this.#setHub(null);
      this.#closeOwn();
    });
  }

  hostUpdate(): void {
    if (this.#host.isConnected) this.#setHub(this.#host.hub ?? this.#getOwnHub());
    if (this.#ownConnection && this.#hub !== this.#ownConnection.hub) this.#closeOwn();
  }

  #getOwnHub(): Hub | null {
    // Frameworks set missing properties to `undefined`.
    const { url = null, token = null } = this.#host;
    if (url === null || token === null || token === '') return null;
    const language = this.#options.language();
    const connection = this.#ownConnection;
    if (
      connection &&
      connection.url === url &&
      connection.token === token &&
      connection.language === language
    )
      return connection.hub;
    this.#closeOwn();
    try {
      const hub = connect(url, { token, locale: language });
      this.#ownConnection = { hub, url, token, language };
      return hub;
    } catch (error) {
      // An invalid URL must not prevent rendering.
      if (this.#invalidUrl !== url) console.error('<hubbub-inbox> cannot connect:', error);
      this.#invalidUrl = url;
      return null;
    }
  }

  #closeOwn(): void {
    const connection = this.#ownConnection;
    this.#ownConnection = null;
    if (connection && connection.hub === this.#hub) this.#setHub(null);
    connection?.hub.close();
  }

  #setHub(hub: Hub | null): void {
    if (hub === this.#hub) return;
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
    this.#hub = hub;
    // Another hub has another feed: its items are not new arrivals.
    this.feed = emptySnapshot;
    this.connection = 'connecting';
    this.problem = null;
    this.#options.hubChanged();
    if (hub === null) return;
    this.#unsubscribes = [
      hub.feed.subscribe(() => this.#refresh(hub)),
      hub.connection.subscribe(() => this.#refresh(hub)),
    ];
    this.#refresh(hub);
  }

  #refresh(hub: Hub): void {
    const before = this.feed;
    this.feed = hub.feed.getSnapshot();
    this.connection = hub.connection.getSnapshot();
    this.problem = hub.connection.problem;
    if (before !== this.feed) this.#options.feedChanged(before, this.feed);
    this.#host.requestUpdate();
  }
}
