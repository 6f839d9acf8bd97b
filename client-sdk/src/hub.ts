import type {
  ActionInput,
  LogAnswer,
  TrackersAnswer,
  TrackInput,
  UntrackInput,
} from '../../protocol/entities.ts';
import type { Call } from './caller.ts';
import type { Connection } from './connection.ts';
import type { Feed } from './feed/store.ts';

/** One user's connection to a hub. Every promise rejects with a `HubError`. */
export class Hub {
  /** Whether the hub can be reached: a store like `feed`. */
  readonly connection: Connection;
  /** The user's inbox, live. It starts with its first listener. */
  readonly feed: Feed;
  readonly #call: Call;

  constructor(connection: Connection, feed: Feed, call: Call) {
    this.connection = connection;
    this.feed = feed;
    this.#call = call;
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

  /** Ends the connection for good. */
  close(): void {
    this.feed.stop();
    this.connection.close();
  }
}
