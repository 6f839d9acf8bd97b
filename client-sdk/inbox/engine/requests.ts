import { type Feed, type FeedSnapshot, type Hub, HubError } from '@hubbub/client';
import type { Problem } from './view.ts';

export interface RequestsOptions {
  /** Called once for each error. `isBackground`: no user action caused the request, so its error is not shown. */
  onError(error: HubError, isBackground: boolean): void;
  onChange(): void;
}

/** Milliseconds for which a failed mark is shown that cannot be retried. */
const problemDuration = 6_000;

/** Sends requests to the hub and tracks their errors. Nothing here rejects. */
export class Requests {
  readonly #options: RequestsOptions;
  #hub: Hub | null = null;
  #reported: HubError | null = null;
  #loadFailure: HubError | null = null;
  #loadMoreError: HubError | null = null;
  #markProblem: Problem | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Switches to another hub, or to none. Its requests have no errors yet. */
  setHub(hub: Hub | null): void {
    this.#hub = hub;
    this.#loadFailure = null;
    this.#loadMoreError = null;
    this.disconnect();
  }

  disconnect(): void {
    clearTimeout(this.#timer);
    this.#markProblem = null;
  }

  /** A failed mark. */
  get markProblem(): Problem | null {
    return this.#markProblem;
  }

  /** Why the feed could not be loaded. It stays during a retry. */
  get loadProblem(): Problem | null {
    if (this.#loadFailure === null || this.loadMoreError) return null;
    return { error: this.#loadFailure, retry: this.#reload };
  }

  /** Why the last attempt to load older items failed. A failure is in the snapshot, too, as the same object. */
  get loadMoreError(): HubError | null {
    return this.#loadFailure === this.#loadMoreError ? this.#loadFailure : null;
  }

  readonly #reload = (): void => {
    // An error is in the snapshot.
    this.#hub?.feed.refresh().catch(() => undefined);
  };

  /** A rejected mark is in the snapshot's `error`, too, but the feed is still loaded. */
  feedChanged({ status, error }: FeedSnapshot): void {
    if (status === 'error') this.#loadFailure = error;
    else if (error !== this.#loadFailure) this.#loadFailure = null;
    if (this.#loadFailure) this.#report(this.#loadFailure);
  }

  async loadMore(limit: number): Promise<void> {
    const hub = this.#hub;
    const error = await this.#run((feed) => feed.loadMore(limit));
    if (hub !== this.#hub) return;
    this.#loadMoreError = error;
    this.#options.onChange();
  }

  /** Runs a mark that the user requested, at once. */
  async mark(call: (feed: Feed) => Promise<unknown>): Promise<void> {
    const hub = this.#hub;
    const error = await this.#run(call);
    if (hub !== this.#hub) return;
    const retry = error?.retryable ? () => void this.mark(call) : null;
    this.#setMarkProblem(error && { error, retry });
  }

  /** Marks everything as seen. Returns the error, or `null`. */
  markSeen(): Promise<HubError | null> {
    return this.#run((feed) => feed.markSeen(), true);
  }

  async #run(call: (feed: Feed) => Promise<unknown>, isBackground = false): Promise<HubError | null> {
    try {
      if (this.#hub) await call(this.#hub.feed);
      return null;
    } catch (thrown) {
      const error = HubError.from(thrown);
      this.#report(error, isBackground);
      return error;
    }
  }

  #setMarkProblem(problem: Problem | null): void {
    clearTimeout(this.#timer);
    this.#markProblem = problem;
    if (problem?.retry === null) this.#timer = setTimeout(() => this.#setMarkProblem(null), problemDuration);
    this.#options.onChange();
  }

  #report(error: HubError, isBackground = false): void {
    if (error === this.#reported) return;
    this.#reported = error;
    this.#options.onError(error, isBackground);
  }
}
