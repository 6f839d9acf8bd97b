/**
 * The data types of the API. This file contains only types, so importing it adds no code to a client.
 *
 * Glossary
 * - ref: identifies an object of the application, `{ type: 'project', id: 'p1' }`.
 * - class ref: a type without an id; means every object of that type. Only trackers accept one.
 * - user: a ref whose type is the configured user type; in paths and rooms its bare id.
 * - action: actor + verb + targets + related + level + data + timestamp; something that happened.
 * - tracker: a user's subscription to an object or a class, for all verbs or some.
 * - feed: the actions for a user, newest first; each entry is a feed item.
 * - level: a small integer with a name; decides whether an action can be unread.
 * - position: the version of a user's feed; opaque, compares as a string.
 * - space: a named, isolated data set (tenant), chosen by the token.
 */
import type { AnyEventName } from './events.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Ref {
  /** `[a-z][a-z0-9_.-]{0,63}` */
  type: string;
  /** 1 to 255 characters, no control characters. */
  id: string;
  name?: string;
  url?: string;
  image?: string;
}

export interface ClassRef {
  type: string;
}

/** The tombstone of an object that the application deleted. */
export interface DeletedRef extends Ref {
  deleted: true;
  /** A display name. Default: the object's name, else its id. */
  description: string;
  /** Data that the application kept. Default: `{ id }`. */
  serialization: Json;
}

/** Every ref may be written in both forms. Responses always use the object form. */
export type RefInput = string | Ref;

/** A button of an action. With a `url` it is a link; otherwise it can be pressed. */
export interface Button {
  /** Unique among the buttons of its action. 1 to 64 characters. */
  id: string;
  /** 1 to 100 characters. */
  label: string;
  /** Relative, or `http` or `https`. */
  url?: string;
  style?: 'primary' | 'danger';
}

export interface Action {
  /** Assigned when accepted; sorts by time. */
  id: string;
  /** `null` if the action has no actor. */
  actor: Ref | DeletedRef | null;
  /** 1 to 255 characters. */
  verb: string;
  targets: Array<Ref | DeletedRef>;
  related: Array<Ref | DeletedRef>;
  level: number;
  data: Record<string, Json>;
  /** An excerpt to show below the sentence: plain text of up to 1,000 characters. `""`: none. */
  body: string;
  /** Where the entry leads. Default: the URL of the first target, or else of the first related object. */
  url: string | null;
  /** Up to three. After a merge, `body`, `url` and `buttons` are those of the action that was accepted last. */
  buttons: Button[];
  /** ISO 8601 UTC: when it happened; for a group, the first timestamp. */
  timestamp: string;
  /** ISO 8601 UTC: the latest merged timestamp; initially the timestamp. */
  updatedAt: string;
  /** The number of logged actions that it represents (1 if not grouped). */
  count: number;
  /** The rendered sentence, without the time. */
  text: string;
}

/** The button that the user pressed. */
export interface Pressed {
  /** The button's id. */
  button: string;
  /** ISO 8601 UTC. */
  at: string;
}

export interface FeedItem {
  id: string;
  action: Action;
  unread: boolean;
  seen: boolean;
  /** ISO 8601 UTC: the feed's sort key (ties are sorted by id). */
  at: string;
  archived: boolean;
  /** ISO 8601 UTC: when a snoozed item returns to the inbox. An item that is neither archived nor snoozed is in the inbox. */
  snoozedUntil: string | null;
  /** `null`: no button was pressed since the last merge into the action. */
  pressed: Pressed | null;
}

/** Where an item is. */
export type ItemState = 'inbox' | 'archived' | 'snoozed';

/** Exact up to the cap (999). Above it, `capped` is true and the numbers stay at the cap. */
export interface Counts {
  unread: number;
  unseen: number;
  capped: boolean;
}

export interface Tracker {
  id: string;
  user: Ref;
  tracked: Ref | ClassRef;
  /** Empty for all verbs. */
  verbs: string[];
  actorOnly: boolean;
  createdAt: string;
  since: string;
}

/** The input of `POST /v1/actions` and `log`. Undeclared keys go into `data`. */
export interface ActionInput {
  /** `null` for no actor (service scope only). */
  actor: RefInput | null;
  verb: string;
  targets?: RefInput | RefInput[];
  related?: RefInput | RefInput[];
  /** A number, or a configured name such as `"INFO"`. Without the service scope, at most the default of the verb. */
  level?: number | string;
  /** ISO 8601 (service scope only). At most five minutes in the future. */
  timestamp?: string;
  /** Seconds; `-1` joins no existing group. Without the service scope, at most the default of the verb. */
  groupingDelay?: number;
  /** Up to 1,000 users, by id or ref, who get the item independently of their trackers (service scope only). */
  notify?: RefInput[];
  /** Idempotency key, 1 to 128 characters. */
  key?: string;
  /** An excerpt to show below the sentence: plain text of up to 1,000 characters. */
  body?: string | null;
  /** Where the entry leads: relative, or `http` or `https`. Default: the URL of the first target, or related object. */
  url?: string | null;
  /** Up to three (service scope only). */
  buttons?: readonly Button[] | null;
  data?: Record<string, Json>;
  [other: string]: unknown;
}

export interface LogAnswer {
  ids: string[];
  /** Only if the caller waited. */
  results?: LogResult[];
}

export interface LogResult {
  /** The id that the action got when it was accepted. */
  id: string;
  outcome: 'created' | 'grouped' | 'combined';
  /** The stored action, which may be one that it was merged into. */
  action: Action;
}

export interface FeedQuery {
  /** 1 to 100, default 20. */
  limit?: number;
  cursor?: string;
  verb?: string | string[];
  /** Minimum level: a number or a configured name. */
  level?: number | string;
  object?: RefInput;
  unread?: boolean;
  /** Default `inbox`. */
  state?: ItemState | 'all';
  /** Also returns your own actions: read, seen and not counted. */
  includeOwn?: boolean;
  /** ISO 8601. `since` and `until` limit `at`, both inclusive. */
  since?: string;
  until?: string;
  /** BCP 47, e.g. `"de"`. */
  locale?: string;
}

export interface FeedPage {
  items: FeedItem[];
  nextCursor: string | null;
  counts: Counts;
  position: string;
}

export interface FeedChanges {
  items: FeedItem[];
  /** Ids of items that left the feed. An id is never in both `removed` and `items`. */
  removed: string[];
  counts: Counts;
  position: string;
  /** If true, there are more changes: call again with `position`. */
  more: boolean;
  /** If true, the history is not available or too long: reload. */
  reset: boolean;
}

/** Needs exactly one of `ids`, `all`, `until`. With `position`, items that changed after it are not marked. */
export interface MarkInput {
  ids?: string[];
  all?: true;
  until?: string;
  position?: string;
}

/** With `position`, items that changed after it are not snoozed. */
export interface SnoozeInput {
  ids: string[];
  /** ISO 8601: when the items return to the inbox. In the future, at most a year ahead. */
  until: string;
  position?: string;
}

/** With `position`, items that changed after it stay snoozed. */
export interface UnsnoozeInput {
  ids: string[];
  position?: string;
}

export interface MarkAnswer {
  changed: number;
  counts: Counts;
  position: string;
}

export interface PressInput {
  /** The item's id. */
  item: string;
  /** The button's id. */
  button: string;
}

export interface PressAnswer {
  /** The item with its new state. */
  item: FeedItem;
  counts: Counts;
  /** The position of the change. */
  position: string;
}

export interface TrackInput {
  to: RefInput | ClassRef | Array<RefInput | ClassRef>;
  verbs?: string[];
  /** Default true: only actions in which the object is the actor. */
  actorOnly?: boolean;
  /** Logs `started tracking` if a tracker was created. Default false. */
  log?: boolean;
  /** ISO 8601. Older items arrive already read. Default: now. */
  since?: string;
}

export interface UntrackInput {
  from: RefInput | ClassRef | Array<RefInput | ClassRef>;
  /** Stops tracking only these. */
  verbs?: string[];
  /** Logs `stopped tracking` if a tracker was deleted. Default false. */
  log?: boolean;
}

export interface TrackersAnswer {
  trackers: Tracker[];
}

/** A page of any list except the feed, newest first unless documented otherwise. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** A single named historical event. */
export interface Event {
  id: string;
  user: Ref | null;
  /** 1 to 100 characters. */
  name: string;
  /** ISO 8601 UTC: when it was created. */
  timestamp: string;
  /** Up to 255 characters. */
  note: string;
  related: Ref | null;
}

export interface EventInput {
  /** 1 to 100 characters. */
  name: AnyEventName;
  /** A user, by id or ref. Default: yourself; with the service scope, no user (`null`). */
  user?: RefInput | null;
  /** Up to 255 characters, default "". */
  note?: string | null;
  related?: RefInput | null;
}

export interface EventStats {
  name: string;
  count: number;
  /** ISO 8601 UTC. */
  latest: string;
}

/** Sets how objects are displayed. */
export interface ObjectsInput {
  /** 1 to 1,000. `name`, `url` and `image` replace the whole display. A ref without them removes the registration. */
  objects: RefInput[];
}

export interface ObjectsAnswer {
  /** The named objects, as the hub displays them from now on. A deleted object stays a tombstone. */
  objects: Array<Ref | DeletedRef>;
}

/** Reports that the application deleted an object. */
export interface DeletionInput {
  /** The display name from now on. Default: its name, else its id. */
  description?: string;
  /** Data to keep. Default: `{ id }`. */
  serialization?: Json;
  /** Whether to keep the object's actions. Default `keep`. */
  actions?: 'keep' | 'delete';
}

export interface RenderInput {
  /** 1 to 100. */
  ids: string[];
  /** The reader: a user, by id or ref. */
  user?: RefInput;
  locale?: string;
  /** Passed to the text handlers. */
  context?: Record<string, Json>;
  /** Marks the actions read for `user`, independently of `autoRead`. */
  force?: boolean;
}

export interface RenderedAction {
  id: string;
  text: string;
  /** "5 minutes ago" */
  time: string;
  /** The state before rendering. */
  unread: boolean;
}

export interface WatchInput {
  object: RefInput;
  verbs?: string[];
  /** Default false: also actions with the object as target or related object. */
  actorOnly?: boolean;
  /** ISO 8601: no earlier actions. */
  since?: string;
  /** 1 to 100, default 20. */
  limit?: number;
  /** A position from an earlier watch. The response contains the changes since then. */
  position?: string;
}

export interface WatchResponse {
  /** Identifies the watch in pushes and in `unwatch`. */
  watch: string;
  /** Newest first. */
  items: Action[];
  position: string;
  /** Too much changed since the requested position: `items` are the newest, and the client must discard its state. */
  reset?: true;
}

/** Accepted actions that no worker could process, kept until they are retried or discarded. */
export interface DeadLetter {
  id: string;
  space: string;
  /** ISO 8601 UTC: when the actions were moved to the dead letters. */
  at: string;
  reason: string;
  /** Number of attempts. */
  attempts: number;
  /** Without texts, which handlers would have to render. `null` if they cannot be parsed. */
  actions: Array<Omit<Action, 'text'>> | null;
}

export interface DeadLettersQuery {
  /** 1 to 100, default 20. A page of large dead letters may have fewer. */
  limit?: number;
  cursor?: string;
}
