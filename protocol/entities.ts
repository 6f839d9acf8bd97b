/**
 * The shapes programs exchange with the hub. Types only: importing this file costs a client nothing.
 *
 * Glossary
 * - ref: names an object of the application, `{ type: 'project', id: 'p1' }`.
 * - class ref: a type alone; every object of that type. Only trackers take one.
 * - user: a ref whose type is the configured user type; in paths and rooms its bare id.
 * - action: actor + verb + targets + related + level + data + timestamp; something that happened.
 * - tracker: a user follows an object or a class, for all verbs or some.
 * - feed: what a user is shown, newest first; each entry is a feed item.
 * - level: a small integer with a name; decides whether an action can be unread.
 * - position: where a user's feed stands; opaque, compares as a string.
 * - space: a named, isolated data set, chosen by the token.
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

/** What is left of an object that the application deleted. */
export interface DeletedRef extends Ref {
  deleted: true;
  /** What to call it; its name, else its id, where the application gave none. */
  description: string;
  /** What the application kept of it; `{ id }` where it gave nothing. */
  serialization: Json;
}

/** Both forms are accepted wherever a ref is; answers always use the object form. */
export type RefInput = string | Ref;

export interface Action {
  /** Assigned when accepted; sorts by time. */
  id: string;
  /** `null`: nobody's doing. */
  actor: Ref | DeletedRef | null;
  /** 1 to 255 characters. */
  verb: string;
  targets: Array<Ref | DeletedRef>;
  related: Array<Ref | DeletedRef>;
  level: number;
  data: Record<string, Json>;
  /** ISO 8601 UTC: when it happened; of a group, its first. */
  timestamp: string;
  /** ISO 8601 UTC: the latest timestamp merged in; at first the timestamp. */
  updatedAt: string;
  /** How many logged actions it stands for (1: not grouped). */
  count: number;
  /** The sentence a person reads, without the time. */
  text: string;
}

export interface FeedItem {
  id: string;
  action: Action;
  unread: boolean;
  seen: boolean;
  /** ISO 8601 UTC: the feed's sort key (ties by id). */
  at: string;
}

/** Exact up to the cap (999); above it `capped` is true and the numbers stand at the cap. */
export interface Counts {
  unread: number;
  unseen: number;
  capped: boolean;
}

export interface Tracker {
  id: string;
  user: Ref;
  tracked: Ref | ClassRef;
  /** Empty: all verbs. */
  verbs: string[];
  actorOnly: boolean;
  createdAt: string;
  since: string;
}

/** What `POST /v1/actions` and `log` take. Every key not named here goes into `data`. */
export interface ActionInput {
  /** `null` (service scope only): nobody's doing. */
  actor: RefInput | null;
  verb: string;
  targets?: RefInput | RefInput[];
  related?: RefInput | RefInput[];
  /** A number, or a configured name such as `"INFO"`; without the service scope at most the verb's own. */
  level?: number | string;
  /** ISO 8601 (service scope only); at most five minutes ahead. */
  timestamp?: string;
  /** Seconds; `-1`: joins no group. Without the service scope at most the verb's own. */
  groupingDelay?: number;
  /** Up to 1,000 users, by id or ref, who get the item whatever they track (service scope only). */
  notify?: RefInput[];
  /** Idempotency key, 1 to 128 characters. */
  key?: string;
  data?: Record<string, Json>;
  [other: string]: unknown;
}

export interface LogAnswer {
  ids: string[];
  /** Only when the caller waited. */
  results?: LogResult[];
}

export interface LogResult {
  /** The id it was accepted under. */
  id: string;
  outcome: 'created' | 'grouped' | 'combined';
  /** The stored action it became or was merged into. */
  action: Action;
}

export interface FeedQuery {
  /** 1 to 100, default 20. */
  limit?: number;
  cursor?: string;
  verb?: string | string[];
  /** At least; a number or a configured name. */
  level?: number | string;
  object?: RefInput;
  unread?: boolean;
  /** Adds one's own actions: read, seen and not counted. */
  includeOwn?: boolean;
  /** ISO 8601; bounds `at`, both inclusive. */
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
  /** Ids of items that left the feed. Never holds an id that is also in `items`. */
  removed: string[];
  counts: Counts;
  position: string;
  /** There is more: ask again from `position`. */
  more: boolean;
  /** History is gone or too much changed: reload. */
  reset: boolean;
}

/** Exactly one of `ids`, `all`, `until`. With `position`, items changed after it stay untouched. */
export interface MarkInput {
  ids?: string[];
  all?: true;
  until?: string;
  position?: string;
}

export interface MarkAnswer {
  changed: number;
  counts: Counts;
  position: string;
}

export interface TrackInput {
  to: RefInput | ClassRef | Array<RefInput | ClassRef>;
  verbs?: string[];
  /** Default true: only actions the object itself does. */
  actorOnly?: boolean;
  /** Logs `started tracking` where a tracker was created. Default false. */
  log?: boolean;
  /** ISO 8601; items before it arrive read. Default: now. */
  since?: string;
}

export interface UntrackInput {
  from: RefInput | ClassRef | Array<RefInput | ClassRef>;
  /** Stops following these only. */
  verbs?: string[];
  /** Logs `stopped tracking` where a tracker went. Default false. */
  log?: boolean;
}

export interface TrackersAnswer {
  trackers: Tracker[];
}

/** Every list of the API but the feed, newest first unless it says otherwise. */
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
  /** A user: its id or its ref. Default: oneself; with the service scope nobody, as `null` says. */
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

/** The application says that it deleted an object. */
export interface DeletionInput {
  /** What to call it from now on; default its name, else its id. */
  description?: string;
  /** What to keep of it; default `{ id }`. */
  serialization?: Json;
  /** Whether the actions it takes part in stay. Default `keep`. */
  actions?: 'keep' | 'delete';
}

export interface RenderInput {
  /** 1 to 100. */
  ids: string[];
  /** For whom: a user, by id or ref. */
  user?: RefInput;
  locale?: string;
  /** Whatever the handlers' texts make of it. */
  context?: Record<string, Json>;
  /** Marks them read for `user` whatever `autoRead` says. */
  force?: boolean;
}

export interface RenderedAction {
  id: string;
  text: string;
  /** "5 minutes ago" */
  time: string;
  /** Before it was rendered. */
  unread: boolean;
}

export interface WatchInput {
  object: RefInput;
  verbs?: string[];
  /** Default false: also where the object is among targets or related. */
  actorOnly?: boolean;
  /** ISO 8601: not earlier. */
  since?: string;
  /** 1 to 100, default 20. */
  limit?: number;
  /** Of an earlier watch: answers what was missed since. */
  position?: string;
}

export interface WatchAnswer {
  /** Names the watch in pushes and in `unwatch`. */
  watch: string;
  /** Newest first. */
  items: Action[];
  position: string;
  /** Too much changed since the position asked from: these are the newest, and what was known before is to be forgotten. */
  reset?: true;
}

/** Accepted actions that no worker could handle, kept until somebody retries or discards them. */
export interface DeadLetter {
  id: string;
  space: string;
  /** When it was put aside: ISO 8601 UTC. */
  at: string;
  reason: string;
  /** How often it was tried. */
  attempts: number;
  /** Without texts, which handlers would have to render; `null` where they cannot be read. */
  actions: Array<Omit<Action, 'text'>> | null;
}

export interface DeadLettersQuery {
  /** 1 to 100, default 20. A page of long letters may hold fewer. */
  limit?: number;
  cursor?: string;
}
