import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { HubError } from '../src/error.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Feed } from '../src/feed/store.ts';
import type { HubController } from './hub-controller.ts';

/** Milliseconds for which a failed mark is shown. */
const markErrorDuration = 6_000;

/** Sends requests to the hub and tracks their errors. Nothing here rejects: each error is reported once. */
export class HubRequests implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #hubController: HubController;
  readonly #onError: (error: HubError) => void;
  #reportedError: HubError | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the last attempt to load more failed. */
  loadMoreFailed = false;
  /** Whether a mark failed recently. */
  markFailed = false;

  constructor(
    host: ReactiveControllerHost,
    hubController: HubController,
    onError: (error: HubError) => void,
  ) {
    this.#host = host;
    this.#hubController = hubController;
    this.#onError = onError;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.markFailed = false;
  }

  /** Resets the errors when the feed changes to another one. */
  reset(): void {
    this.hostDisconnected();
    this.loadMoreFailed = false;
  }

  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void {
    if (now.error !== null && now.error !== before.error) this.#report(now.error);
    if (!now.hasMore) this.loadMoreFailed = false;
  }

  /** Returns whether the call succeeded. */
  async run(call: (feed: Feed) => Promise<unknown>): Promise<boolean> {
    const { hub } = this.#hubController;
    try {
      if (hub) await call(hub.feed);
      return hub !== null;
    } catch (thrown) {
      this.#report(HubError.from(thrown));
      return false;
    }
  }

  async loadMore(limit: number): Promise<void> {
    const { hub } = this.#hubController;
    this.loadMoreFailed = false;
    const failed = !(await this.run((feed) => feed.loadMore(limit)));
    if (hub !== this.#hubController.hub) return;
    this.loadMoreFailed = failed;
    this.#host.requestUpdate();
  }

  async mark(call: (feed: Feed) => Promise<unknown>): Promise<void> {
    const { hub } = this.#hubController;
    const failed = !(await this.run(call));
    if (hub === this.#hubController.hub) this.#setMarkFailed(failed);
  }

  #setMarkFailed(failed: boolean): void {
    clearTimeout(this.#timer);
    this.markFailed = failed;
    if (failed) this.#timer = setTimeout(() => this.#setMarkFailed(false), markErrorDuration);
    this.#host.requestUpdate();
  }

  /** A feed error is in the snapshot and also rejects a promise. It is reported only once. */
  #report(error: HubError): void {
    if (error === this.#reportedError) return;
    this.#reportedError = error;
    this.#onError(error);
  }
}
