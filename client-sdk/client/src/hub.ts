import type {
  ActionInput,
  Event,
  EventInput,
  LogAnswer,
  TrackersAnswer,
  TrackInput,
  UntrackInput,
  WatchInput,
} from '../../../protocol/entities.ts';
import { HubError } from '../../common/hub-error.ts';
import type { Connection } from './connection.ts';
import type { Feed } from './feed/store.ts';
import type { LogOptions, LogQueue } from './log-queue.ts';
import type { Call, RpcClient } from './rpc-client.ts';
import { Watch } from './watch.ts';

/**
 * One user's connection to a hub. Every promise rejects with a `HubError`. Calls made while the connection is down are
 * sent when it is up again. All calls except `log` fail with `timeout` if that takes more than 40 s. All calls except
 * `event` are retried if the connection breaks before the response, or while the hub is busy.
 */
export class Hub {
  /** Whether the hub can be reached. A store, like `feed`. */
  readonly connection: Connection;
  /** The user's feed, live. It starts when its first listener subscribes. */
  readonly feed: Feed;
  readonly #rpc: RpcClient;
  readonly #call: Call;
  readonly #callWithRetry: Call;
  readonly #queue: LogQueue;
  readonly #watches = new Set<Watch>();

  constructor(connection: Connection, feed: Feed, queue: LogQueue, rpc: RpcClient) {
    this.connection = connection;
    this.feed = feed;
    this.#rpc = rpc;
    this.#call = rpc.call;
    this.#callWithRetry = rpc.callWithRetry;
    this.#queue = queue;
  }

  /**
   * Logs one action or a batch of up to 500. Calls are sent in order. They wait while the connection is down, and are
   * retried if it breaks before the response or while the hub is busy. An action without a `key` gets one, so a retry
   * does not log it twice. `connection.problem` says why calls wait. `input` is copied. Rejects at once with
   * `queue_full` if 1,000 actions are waiting.
   */
  log(input: ActionInput | ActionInput[], options: LogOptions = {}): Promise<LogAnswer> {
    return this.#queue.log(input, options);
  }

  /** Tracks objects or classes. `user` requires the service scope. */
  track(input: TrackInput & { user?: string }): Promise<TrackersAnswer> {
    return this.#callWithRetry('track', input);
  }

  /** Stops tracking objects or classes. Returns what remains of the named trackers. `user` requires the service scope. */
  untrack(input: UntrackInput & { user?: string }): Promise<TrackersAnswer> {
    return this.#callWithRetry('untrack', input);
  }

  /** Records an event of the connected user. With the service scope: of any user, or of none. */
  event(input: EventInput): Promise<Event> {
    return this.#call('event', input);
  }

  /**
   * Watches the actions about an object, live, without following it. Returns a store like `feed`, which updates until
   * it is closed. One connection can watch at most 100 objects. `listener` is called on every change.
   */
  watch(input: WatchInput, listener?: () => void): Watch {
    const onClose = (watch: Watch) => this.#watches.delete(watch);
    const watch = new Watch(this.#rpc, input, { onClose });
    this.#watches.add(watch);
    if (listener) watch.subscribe(listener);
    return watch;
  }

  /** Closes the connection permanently. Waiting calls reject with `closed`. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#rpc.setRejection(new HubError('closed', 'The hub was closed', false));
    this.#queue.close();
    this.feed.close();
    this.connection.close();
  }
}
