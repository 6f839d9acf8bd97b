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
import type { Call, HubSocket } from './caller.ts';
import type { Connection } from './connection.ts';
import type { Feed } from './feed/store.ts';
import { Watch } from './watch.ts';

/** One user's connection to a hub. Every promise rejects with a `HubError`. */
export class Hub {
  /** Whether the hub can be reached: a store like `feed`. */
  readonly connection: Connection;
  /** The user's inbox, live. It starts with its first listener. */
  readonly feed: Feed;
  readonly #call: Call;
  readonly #socket: HubSocket;
  readonly #watches = new Set<Watch>();

  constructor(connection: Connection, feed: Feed, call: Call, socket: HubSocket) {
    this.connection = connection;
    this.feed = feed;
    this.#call = call;
    this.#socket = socket;
  }

  /** Logs one action or a batch of up to 500. With `wait` it answers when the feeds are up to date. */
  log(input: ActionInput | ActionInput[], options: { wait?: boolean } = {}): Promise<LogAnswer> {
    return this.#call('log', input, options);
  }

  /** Follows objects or classes; `user` needs the service scope. */
  track(input: TrackInput & { user?: string }): Promise<TrackersAnswer> {
    return this.#call('track', input);
  }

  /** Answers what is left of the trackers named. */
  untrack(input: UntrackInput & { user?: string }): Promise<TrackersAnswer> {
    return this.#call('untrack', input);
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
    const watch = new Watch(this.#socket, this.#call, input, { closed });
    this.#watches.add(watch);
    if (listener) watch.subscribe(listener);
    return watch;
  }

  /** Ends the connection for good. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.feed.close();
    this.connection.close();
  }
}
