/**
 * What the hub stores, free of any database. Times are milliseconds since 1970, positions whole numbers (see
 * `positions.ts`), users bare ids. Objects are indexed by their **key**: `type:id`, of a class its `type`.
 */
import type { ClassRef, DeletedRef, Json, Ref } from '../protocol/entities.ts';

/** A ref as it was logged, or what is left of an object that the application deleted. */
export type StoredRef = Ref | DeletedRef;

export interface StoredAction {
  id: string;
  actor: StoredRef | null;
  verb: string;
  targets: StoredRef[];
  related: StoredRef[];
  level: number;
  data: Record<string, Json>;
  timestamp: number;
  updatedAt: number;
  count: number;
  /** Users who get it whatever they track. */
  notify: string[];
  /** Its revision: everything of its lane up to this sequence number that merges into it is in it (decision 13). */
  rev: number;
}

/** What was logged, with all defaults applied. */
export interface LoggedAction extends Omit<StoredAction, 'rev'> {
  /** Seconds; `undefined`: the handler's, else the default. */
  groupingDelay?: number;
}

/** A logged action in its lane. */
export interface AcceptedAction extends LoggedAction {
  /** Its place in its lane, and among positions: grows from action to action, also where Redis forgot (decision 13). */
  seq: number;
  /** When its batch was accepted, as a position. */
  acceptedAt: number;
}

/** An accepted action that became part of another one. */
export interface MergedAction {
  id: string;
  /** The action that it is part of; of a combined one, the one in its batch that was left, which may have been grouped. */
  into: string;
  /** What it was combined into at first, where that was combined on. */
  via?: string;
  outcome: 'grouped' | 'combined';
}

/** What became of an accepted id; decided once, for good, but that an action may go (decision 13). */
export type Decision =
  | { kind: 'action'; action: StoredAction }
  | { kind: 'merged'; merged: MergedAction }
  /** Recalled, or deleted with an object. */
  | { kind: 'gone'; id: string };

export interface StoredTracker {
  id: string;
  user: string;
  tracked: Ref | ClassRef;
  /** Empty: all. */
  verbs: string[];
  actorOnly: boolean;
  createdAt: number;
  since: number;
}

/** What matching needs of a tracker. */
export interface TrackerMatch {
  user: string;
  /** The key of the tracked object or class. */
  key: string;
  verbs: string[];
  actorOnly: boolean;
  since: number;
}

/**
 * A **version** of a tracker: its settings from one change of them to the next. Versions of one tracker follow each
 * other without overlap, because each replaces the one it was decided from.
 */
export interface TrackerVersion extends TrackerMatch {
  version: string;
  /** The write that began it: versions of one write begin together. */
  begunBy: string;
  /** The version whose settings this one replaced; `null` where the tracker was created. */
  previous: string | null;
  /** A position taken after the write that began it; `null`: not taken yet. */
  from: number | null;
}

/** A version that ended. It is kept until every item that it held has been looked at (decision 41). */
export interface EndedVersion extends TrackerVersion {
  from: number;
  /** A position taken before the write that ended it. */
  end: number;
  endedBy: string;
}

export interface StoredItem {
  id: string;
  user: string;
  /** The id of the action it shows. */
  action: string;
  at: number;
  /** The position of its last change. */
  pos: number;
  /** The position at which it came in or was last bumped. */
  entered: number;
  /** The revision of the action with which it came in or was last bumped. */
  rev: number;
  unread: boolean;
  seen: boolean;
}

/** An item that left the feed, kept for those who ask what changed. */
export interface RemovedItem {
  id: string;
  user: string;
  action: string;
  pos: number;
}

/** An object that the application said it deleted. */
export interface DeletedObject {
  key: string;
  ref: Ref;
  /** Whether the actions it takes part in stay. */
  actions: 'keep' | 'delete';
  description: string;
  serialization: Json;
  /** When, as a position: actions accepted before go with `delete`. */
  pos: number;
}

export interface StoredEvent {
  id: string;
  user: string | null;
  name: string;
  timestamp: number;
  note: string;
  related: Ref | null;
}

/** An item with the action it shows. */
export interface ShownItem extends StoredItem {
  shown: StoredAction;
}
