import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { connect } from '../src/connect.ts';
import type { ConnectionProblem, ConnectionState } from '../src/connection.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Hub } from '../src/hub.ts';
import type { Token } from '../src/options.ts';

export interface SourceHost extends ReactiveControllerHost {
  readonly isConnected: boolean;
  readonly hub: Hub | null;
  readonly url: string | null;
  readonly token: Token | null;
}

export interface SourceNeeds {
  /** What texts are asked for in. */
  language(): string | undefined;
  /** Another hub is followed, or none: what was known of the last one's feed does not hold. */
  hubChanged(): void;
  /** The feed has changed; before it is drawn. */
  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void;
}

const nothingYet: FeedSnapshot = {
  items: [],
  counts: { unread: 0, unseen: 0, capped: false },
  status: 'idle',
  hasMore: false,
  error: null,
};

/**
 * Where the inbox's items come from: the hub it was given, which it leaves open, or one of its own, which it closes.
 * It listens while the element is in a page.
 */
export class Source implements ReactiveController {
  readonly #host: SourceHost;
  readonly #needs: SourceNeeds;
  #hub: Hub | null = null;
  #wrongUrl: string | undefined;
  #own: { hub: Hub; url: string; token: Token; language: string | undefined } | null = null;
  #stops: Array<() => void> = [];
  feed: FeedSnapshot = nothingYet;
  connection: ConnectionState = 'connecting';
  problem: ConnectionProblem | null = null;

  constructor(host: SourceHost, needs: SourceNeeds) {
    this.#host = host;
    this.#needs = needs;
    host.addController(this);
  }

  get hub(): Hub | null {
    return this.#hub;
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    // Moving an element takes it out and puts it in at once: not worth a new connection.
    queueMicrotask(() => {
      if (this.#host.isConnected) return;
      this.#follow(null);
      this.#closeOwn();
    });
  }

  hostUpdate(): void {
    if (this.#host.isConnected) this.#follow(this.#host.hub ?? this.#ownHub());
    if (this.#own && this.#hub !== this.#own.hub) this.#closeOwn();
  }

  #ownHub(): Hub | null {
    // Frameworks set what they have not got to `undefined`.
    const { url = null, token = null } = this.#host;
    if (url === null || token === null || token === '') return null;
    const language = this.#needs.language();
    const own = this.#own;
    if (own && own.url === url && own.token === token && own.language === language) return own.hub;
    this.#closeOwn();
    try {
      const hub = connect(url, { token, locale: language });
      this.#own = { hub, url, token, language };
      return hub;
    } catch (error) {
      // A wrong address must not keep the element from being drawn.
      if (this.#wrongUrl !== url) console.error('<hubbub-inbox> cannot connect:', error);
      this.#wrongUrl = url;
      return null;
    }
  }

  #closeOwn(): void {
    const own = this.#own;
    this.#own = null;
    if (own && own.hub === this.#hub) this.#follow(null);
    own?.hub.close();
  }

  #follow(hub: Hub | null): void {
    if (hub === this.#hub) return;
    for (const stop of this.#stops.splice(0)) stop();
    this.#hub = hub;
    // Another hub is another feed: nothing in it has arrived just now.
    this.feed = nothingYet;
    this.connection = 'connecting';
    this.problem = null;
    this.#needs.hubChanged();
    if (hub === null) return;
    this.#stops = [
      hub.feed.subscribe(() => this.#read(hub)),
      hub.connection.subscribe(() => this.#read(hub)),
    ];
    this.#read(hub);
  }

  #read(hub: Hub): void {
    const before = this.feed;
    this.feed = hub.feed.getSnapshot();
    this.connection = hub.connection.getSnapshot();
    this.problem = hub.connection.problem;
    if (before !== this.feed) this.#needs.feedChanged(before, this.feed);
    this.#host.requestUpdate();
  }
}
