import type {
  ActionInput,
  Event,
  EventInput,
  LogAnswer,
  TrackersAnswer,
  TrackInput,
  UntrackInput,
  WatchInput,
} from '../../protocol/entities.ts';
import type { Call, Caller } from './caller.ts';
import type { Connection } from './connection.ts';
import { HubError } from './error.ts';
import type { Feed } from './feed/store.ts';
import type { LogOptions, LogQueue } from './log-queue.ts';
import { Watch } from './watch.ts';

/**
 * One user's connection to a hub. Every promise rejects with a `HubError`. Calls made while the connection is down are
 * sent when it is up again; all but `log` fail with `timeout` where that takes more than 40 s. All but `event` are sent
 * again where the connection breaks before the answer, or the hub is busy.
 */
export class Hub {
  /** Whether the hub can be reached: a store like `feed`. */
  readonly connection: Connection;
  /** The user's inbox, live. It starts with its first listener. */
  readonly feed: Feed;
  readonly #caller: Caller;
  readonly #call: Call;
  readonly #persist: Call;
  readonly #queue: LogQueue;
  readonly #watches = new Set<Watch>();

  constructor(connection: Connection, feed: Feed, queue: LogQueue, caller: Caller) {
    this.connection = connection;
    this.feed = feed;
    this.#caller = caller;
    this.#call = caller.call;
    this.#persist = caller.persist;
    this.#queue = queue;
  }

  /**
   * Logs one action or a batch of up to 500. What is logged goes in order; it waits while the connection is down, and is
   * sent again where it breaks before the answer, or while the hub is busy, without being logged twice: an action without a
   * `key` gets one. `connection.problem` says that it waits. `input` is copied. Rejects with `queue_full` at once where
   * 1,000 actions wait.
   */
  log(input: ActionInput | ActionInput[], options: LogOptions = {}): Promise<LogAnswer> {
    return this.#queue.log(input, options);
  }

  /** Follows objects or classes; `user` needs the service scope. */
  track(input: TrackInput & { user?: string }): Promise<TrackersAnswer> {
    return this.#persist('track', input);
  }

  /** Answers what is left of the trackers named. */
  untrack(input: UntrackInput & { user?: string }): Promise<TrackersAnswer> {
    return this.#persist('untrack', input);
  }

  /** Puts an event on record: of oneself, or with the service scope of anyone or nobody. */
  event(input: EventInput): Promise<Event> {
    return this.#call('event', input);
  }

  /**
   * The actions about an object, now and live, without following it: a store like `feed`, until it is closed. The hub
   * lets one connection watch 100 objects. `listener` is told of every change.
   */
  watch(input: WatchInput, listener?: () => void): Watch {
    const closed = (watch: Watch) => this.#watches.delete(watch);
    const watch = new Watch(this.#caller, input, { closed });
    this.#watches.add(watch);
    if (listener) watch.subscribe(listener);
    return watch;
  }

  /** Ends the connection for good. What waits is rejected with `closed`. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#caller.refuse(new HubError('closed', 'The hub was closed', false));
    this.#queue.close();
    this.feed.close();
    this.connection.close();
  }
}
