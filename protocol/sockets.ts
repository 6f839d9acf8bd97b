/** Types of all socket events, shared by the gateway, the SDK and the tests. */
import type {
  Action,
  ActionInput,
  Counts,
  Event,
  EventInput,
  FeedChanges,
  FeedItem,
  FeedPage,
  FeedQuery,
  LogAnswer,
  MarkAnswer,
  MarkInput,
  PressAnswer,
  PressInput,
  RefInput,
  SnoozeInput,
  TrackersAnswer,
  TrackInput,
  UnsnoozeInput,
  UntrackInput,
  WatchInput,
  WatchResponse,
} from './entities.ts';
import type { ErrorBody } from './errors.ts';

export type Ack<T> = (response: { ok: true; data: T } | { ok: false; error: ErrorBody }) => void;

export interface ItemPush {
  item: FeedItem;
  position: string;
}
export interface RemovedPush {
  ids: string[];
  position: string;
}
export interface MarkedPush {
  ids?: string[];
  all?: true;
  until?: string;
  unread?: boolean;
  seen?: boolean;
  position: string;
}
export type CountsPush = Counts & { position: string };

export interface ServerToClientEvents {
  /** A new or changed item in any state, to upsert by `item.id`. */
  'feed:item': (push: ItemPush) => void;
  /** Items that left the feed. */
  'feed:removed': (push: RemovedPush) => void;
  /** Marks made elsewhere (another tab or device). */
  'feed:marked': (push: MarkedPush) => void;
  'feed:counts': (push: CountsPush) => void;
  /** Pushes may have been lost: call `feed:changes` with the last position. */
  'feed:stale': (push: Record<string, never>) => void;
  /** Too many changes to push: reload. */
  'feed:reset': (push: Record<string, never>) => void;
  /** An action about a watched object happened or changed. */
  'watch:action': (push: { watch: string; action: Action }) => void;
  /** Actions about a watched object were removed. */
  'watch:removed': (push: { watch: string; ids: string[] }) => void;
  /** The token expired; the gateway closes the connection. */
  'session:expired': (push: Record<string, never>) => void;
}

export interface ClientToServerEvents {
  /** Logs one action or a batch. With `wait`, the response comes when feeds are up to date. */
  log(
    ...args:
      | [input: ActionInput | ActionInput[], ack: Ack<LogAnswer>]
      | [input: ActionInput | ActionInput[], options: { wait?: boolean }, ack: Ack<LogAnswer>]
  ): void;
  /** Creates or changes your own trackers, or those of `user` with the service scope. */
  track(input: TrackInput & { user?: RefInput }, ack: Ack<TrackersAnswer>): void;
  untrack(input: UntrackInput & { user?: RefInput }, ack: Ack<TrackersAnswer>): void;
  'feed:list': (query: FeedQuery, ack: Ack<FeedPage>) => void;
  'feed:changes': (query: { position: string }, ack: Ack<FeedChanges>) => void;
  'feed:read': (input: MarkInput, ack: Ack<MarkAnswer>) => void;
  'feed:unread': (input: MarkInput, ack: Ack<MarkAnswer>) => void;
  'feed:seen': (input: MarkInput, ack: Ack<MarkAnswer>) => void;
  'feed:archive': (input: MarkInput, ack: Ack<MarkAnswer>) => void;
  'feed:unarchive': (input: MarkInput, ack: Ack<MarkAnswer>) => void;
  'feed:snooze': (input: SnoozeInput, ack: Ack<MarkAnswer>) => void;
  'feed:unsnooze': (input: UnsnoozeInput, ack: Ack<MarkAnswer>) => void;
  /** Presses a button of an item. */
  'feed:press': (input: PressInput, ack: Ack<PressAnswer>) => void;
  /** Returns the actions about an object and pushes new ones, without a stored tracker. Ends with the connection. */
  watch(input: WatchInput, ack: Ack<WatchResponse>): void;
  unwatch(input: { watch: string }, ack: Ack<Record<string, never>>): void;
  /** Creates an event. */
  event(input: EventInput, ack: Ack<Event>): void;
  /** Renews the token before it expires. */
  auth(input: { token: string }, ack: Ack<{ expiresAt: string }>): void;
}

export type ClientEvent = keyof ClientToServerEvents;
