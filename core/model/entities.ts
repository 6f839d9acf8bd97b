/**
 * The entities that the hub stores, independent of any database. Users are ids without a type.
 *
 * Glossary of the internals; `protocol/entities.ts` has the public terms. Comments cite the rules in docs/rules.md by number,
 * for example "(rule 3)".
 *
 * Queue
 * - partition: an ordered queue of accepted actions. The hash of the actor chooses it. Normally one worker
 *   processes it; two do no harm.
 * - batch record: what one call logged into a partition. It is acknowledged when its actions are stored and delivered.
 *   In Redis it is one stream entry.
 * - dead letter: a batch record that no worker could process, set aside for a person.
 * - task: work that a call leaves to the workers (backfill, deletion, recall), pending until a worker completes it.
 * - checkpoint: how far a task or a fan-out has come; the next attempt continues there.
 * - lagging: said of a space with so many pending actions that the others go first. The others are **current**.
 *
 * Actions
 * - resolution: what became of an accepted id: an action of its own, merged into another one, or gone.
 * - candidate: an action that later ones may still merge into. A candidate set holds those of a batch and of the store.
 * - version: of an action; it contains everything of its partition up to this sequence number.
 * - tombstone: the description that replaces a deleted object in the actions that keep it.
 * - display: the name, URL and image of a registered object. It replaces what was logged (decision 57).
 * - deletion record: what remains of a deleted action for 30 days, so that nothing stores it again.
 *
 * Feeds
 * - key: `type:id` of an object, `type` of a class; trackers are found by it.
 * - match: a pair of an action and a tracker of the user who may get it.
 * - item draft, change set: items, and all changes of items, that a writer is about to write.
 * - eligibility: whether an item belongs in a feed: trackers, deletions and the application's `visible`.
 * - backfill: past actions for a new tracker.
 *
 * Consistency
 * - position: the order of a feed's changes. A change takes one before it is written.
 * - in-flight write: a change between taking its position and becoming visible to readers.
 * - watermark: the greatest position up to which every change of a feed is visible.
 * - read position: taken before trackers and actions are read. What is invalidated later is revalidated.
 * - invalidation: a user, action or object that is being taken away; writers revalidate what they wrote about it.
 * - resync: after changes that are not pushed one by one, clients reload and older positions are refused.
 */
import type { Button, ClassRef, DeletedRef, Json, Ref } from '../../protocol/entities.ts';
import type { Millis, Position } from './units.ts';

/** A ref as it was logged, or the tombstone of an object that the application deleted. */
export type StoredRef = Ref | DeletedRef;

/** What an entry shows besides its sentence. Absent fields take no space in messages and documents. */
export interface DisplayedContent {
  body?: string;
  url?: string;
  buttons?: Button[];
}

export interface StoredAction extends DisplayedContent {
  id: string;
  actor: StoredRef | null;
  verb: string;
  targets: StoredRef[];
  related: StoredRef[];
  level: number;
  data: Record<string, Json>;
  timestamp: Millis;
  updatedAt: Millis;
  count: number;
  /** Users who get the action regardless of their trackers. */
  notify: string[];
  /** It contains everything of its partition that merges into it, up to this number (decision 13). */
  version: number;
}

/** What decides who gets an action, and where in feeds. The refs may lack their display fields and tombstones. */
export type ActionOutline = Omit<StoredAction, 'data' | 'count' | keyof DisplayedContent>;

/** A logged action, with all defaults applied. */
export interface LoggedAction extends Omit<StoredAction, 'version'> {
  /** In seconds. `undefined`: the delay of the handler, or else the default. */
  groupingDelay?: number;
}

/** A logged action without a number in its partition. Only a retried dead letter keeps its number. */
export type UnnumberedAction = LoggedAction & Partial<Pick<AcceptedAction, 'seq'>>;

export interface AcceptedAction extends LoggedAction {
  /** Its number in the partition, comparable with positions. Increases even if Redis lost its data. */
  seq: number;
}

/** An accepted action that was merged into another one. */
export interface MergedAction {
  id: string;
  /** The action that contains it: if combined, the survivor in its batch, which may be grouped itself. */
  into: string;
  /** The action that it was first combined into, if that one was combined into another. */
  combinedInto?: string;
  outcome: 'grouped' | 'combined';
}

/** The outcome of an accepted id. It is final, except that an action may be deleted later (decision 13). */
export type Resolution =
  | { kind: 'action'; action: StoredAction }
  | { kind: 'merged'; merged: MergedAction }
  /** Recalled, or deleted with an object. */
  | { kind: 'gone'; id: string };

export interface StoredTracker {
  id: string;
  user: string;
  tracked: Ref | ClassRef;
  /** Empty for all verbs. */
  verbs: string[];
  actorOnly: boolean;
  createdAt: Millis;
  since: Millis;
}

/** The fields of a tracker that matching needs. */
export interface TrackerMatch extends Pick<StoredTracker, 'user' | 'verbs' | 'actorOnly' | 'since'> {
  /** The key of the tracked object or class. */
  key: string;
}

/**
 * The settings of a tracker between two changes. The **versions** of a tracker do not overlap, because each
 * replaces exactly the version that its write had read.
 */
export interface TrackerVersion extends TrackerMatch {
  version: string;
  /** The write that started it. All versions of one write start together. */
  startedBy: string;
  /** The version that it replaced; `null` if the tracker was created. */
  previous: string | null;
  /** A position taken after the write that started it; `null` until it is set. */
  from: Position | null;
}

/** An ended version. It is kept until all items that it covered were revalidated (decision 41). */
export interface EndedVersion extends TrackerVersion {
  from: Position;
  /** A position taken before the write that ended it. */
  end: Position;
  endedBy: string;
}

export interface StoredItem {
  id: string;
  user: string;
  /** The id of its action. */
  action: string;
  at: Millis;
  /** The position of its last change. */
  position: Position;
  /** The position at which it was delivered or last bumped. */
  deliveredPosition: Position;
  /** The version of the action when the item was delivered or last bumped. */
  version: number;
  unread: boolean;
  seen: boolean;
  /** Where the item is, if it is not in the inbox. */
  aside?: Aside | undefined;
  /** The press of a button since the last merge into the action. */
  pressed?: StoredPress;
}

export interface StoredPress {
  /** The id of the button. */
  button: string;
  at: Millis;
}

/** The state of an item outside the inbox. A snoozed item returns at `until`. */
export type Aside = { state: 'archived' } | { state: 'snoozed'; until: Millis };

/** An item that was removed from the feed. It is kept for clients that read the changes. */
export type RemovedItem = Pick<StoredItem, 'id' | 'user' | 'action' | 'position'>;

/** How a registered object is displayed. */
export type Display = Pick<Ref, 'name' | 'url' | 'image'>;

export interface DeletedObject {
  key: string;
  ref: Ref;
  /** What happens to its actions. */
  actions: 'keep' | 'delete';
  description: string;
  serialization: Json;
  /** The position of the deletion. `delete` covers the actions that were accepted before it. */
  position: Position;
}

export interface StoredEvent {
  id: string;
  user: string | null;
  name: string;
  timestamp: Millis;
  note: string;
  related: Ref | null;
}

export interface ItemWithAction extends StoredItem {
  shownAction: StoredAction;
}
