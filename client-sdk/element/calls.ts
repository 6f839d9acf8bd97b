import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { HubError } from '../src/error.ts';
import type { FeedSnapshot } from '../src/feed/state.ts';
import type { Feed } from '../src/feed/store.ts';
import type { Source } from './source.ts';

/** Milliseconds for which a refused mark is told. */
const toldFor = 6_000;

/** What the hub is asked for, and what became of it. Nothing here rejects: what fails is reported, once. */
export class Calls implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #source: Source;
  readonly #failed: (error: HubError) => void;
  #reported: HubError | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The last attempt to load more failed. */
  moreFailed = false;
  /** A mark was refused just now. */
  markFailed = false;

  constructor(host: ReactiveControllerHost, source: Source, failed: (error: HubError) => void) {
    this.#host = host;
    this.#source = source;
    this.#failed = failed;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.markFailed = false;
  }

  /** Another feed: nothing was asked of it yet. */
  reset(): void {
    this.hostDisconnected();
    this.moreFailed = false;
  }

  feedChanged(before: FeedSnapshot, now: FeedSnapshot): void {
    if (now.error !== null && now.error !== before.error) this.#report(now.error);
    if (!now.hasMore) this.moreFailed = false;
  }

  /** Whether it succeeded. */
  async run(call: (feed: Feed) => Promise<unknown>): Promise<boolean> {
    const { hub } = this.#source;
    try {
      if (hub) await call(hub.feed);
      return hub !== null;
    } catch (thrown) {
      this.#report(HubError.from(thrown));
      return false;
    }
  }

  async loadMore(limit: number): Promise<void> {
    const { hub } = this.#source;
    this.moreFailed = false;
    const failed = !(await this.run((feed) => feed.loadMore(limit)));
    if (hub !== this.#source.hub) return;
    this.moreFailed = failed;
    this.#host.requestUpdate();
  }

  async mark(call: (feed: Feed) => Promise<unknown>): Promise<void> {
    const { hub } = this.#source;
    const failed = !(await this.run(call));
    if (hub === this.#source.hub) this.#tell(failed);
  }

  #tell(failed: boolean): void {
    clearTimeout(this.#timer);
    this.markFailed = failed;
    if (failed) this.#timer = setTimeout(() => this.#tell(false), toldFor);
    this.#host.requestUpdate();
  }

  /** An error of the feed is in its snapshot and rejects a promise: it is one. */
  #report(error: HubError): void {
    if (error === this.#reported) return;
    this.#reported = error;
    this.#failed(error);
  }
}
