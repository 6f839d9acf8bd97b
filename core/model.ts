/**
 * What the hub stores, free of any database. Times are milliseconds since 1970, positions whole numbers (see
 * `positions.ts`), users bare ids. Objects are indexed by their **key**: `type:id`, of a class its `type`.
 */
import type { ClassRef, Json, Ref } from '../protocol/entities.ts';

export interface StoredAction {
  id: string;
  actor: Ref | null;
  verb: string;
  targets: Ref[];
  related: Ref[];
  level: number;
  data: Record<string, Json>;
  timestamp: number;
  updatedAt: number;
  count: number;
  /** Users who get it whatever they track. */
  notify: string[];
}

/** An accepted action on its way through a lane: what was logged, with all defaults applied. */
export interface AcceptedAction extends StoredAction {
  /** Seconds; `undefined`: the handler's, else the default. */
  groupingDelay?: number;
}

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

export interface StoredItem {
  id: string;
  user: string;
  /** The id of the action it shows. */
  action: string;
  at: number;
  /** The position of its last change. */
  pos: number;
  unread: boolean;
  seen: boolean;
}

/** An item with the action it shows. */
export interface ShownItem extends StoredItem {
  shown: StoredAction;
}
