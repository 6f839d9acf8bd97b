import type { AcceptedAction, UnnumberedAction } from '../model/entities.ts';
import type { Millis, Position } from '../model/units.ts';

/** An action to accept, with its idempotency key. */
export interface IncomingAction {
  action: UnnumberedAction;
  key: string | null;
  /** Hash of the content. Distinguishes a repeat from a different action under the same key. */
  hash: string;
}

export interface IncomingBatch {
  space: string;
  /** The subject that owns the idempotency keys. */
  subject: string;
  key: string | null;
  hash: string;
  actions: readonly IncomingAction[];
  /** Limits no longer apply: the caller checked the capacity, then stored something about these actions. */
  isExemptFromLimits?: boolean;
}

/**
 * Too many actions wait: in the hub, in this space, or for the memory of Redis. Nothing was queued and no key
 * was used. The caller should retry after `retryAfterMs`.
 */
export interface Overload {
  kind: 'overloaded';
  bound: 'hub' | 'space' | 'memory';
  retryAfterMs: number;
}

export type Acceptance =
  /** The ids in the order of the batch. A repeated batch returns the ids of the first call. */
  | { kind: 'accepted'; ids: string[] }
  /** The key of the batch (`index` is null) or of an action was used differently. Nothing was queued. */
  | { kind: 'conflict'; index: number | null }
  | Overload;

/** The gateway's side of the queue. */
export interface ActionQueue {
  /** Accepts all actions or none. After it returns, no crash can lose the batch. */
  accept(batch: IncomingBatch): Promise<Acceptance>;
  /** Returns an overload if a batch of this size would be refused now. Reserves nothing. */
  checkCapacity(space: string, actions: number, bytes: number): Promise<Overload | null>;
  /** Returns true if the subject used this key for a batch or an action. */
  isKeyUsed(space: string, subject: string, key: string): Promise<boolean>;
  /** Returns those of the ids that are not in feeds yet. Takes ids of actions and names of tasks. */
  pending(space: string, ids: readonly string[]): Promise<string[]>;
  /** Returns those of the actions that are dead letters. Dead letters are also pending. */
  deadLettered(space: string, ids: readonly string[]): Promise<string[]>;
  /** Removes the dead-letter mark: the actions were accepted again, or discarded. */
  unmarkDeadLettered(space: string, ids: readonly string[]): Promise<void>;
}

export interface BatchRecord {
  id: string;
  /** Its share of the backlog's bytes. */
  bytes: number;
  actions: AcceptedAction[];
}

export interface ReadLimits {
  actions: number;
  bytes: number;
}

/** The oldest records of a partition. */
export interface PartitionRecords {
  partition: number;
  records: readonly BatchRecord[];
}

export interface BatchRead {
  /** Of the partitions that hold records, until the limit is reached. */
  batches: PartitionRecords[];
  /** Partitions behind the limit. They may hold records. */
  unread: number[];
  /** A position below that of every later write, taken by the read. */
  position: Position;
}

export type BatchRecordRef = Pick<BatchRecord, 'id' | 'bytes'>;

/**
 * The worker's side of the queue. Batch records stay in their partition until they are acknowledged, or a
 * fan-out job has taken over what is left of them.
 */
export interface PartitionQueue {
  /** Reads the oldest records of these partitions, whole, until they reach a limit. At least one. */
  read(space: string, partitions: readonly number[], limits: ReadLimits): Promise<BatchRead>;
  /** Removes records whose remaining work is queued elsewhere. Returns true if the partition is empty now. */
  remove(space: string, partition: number, records: readonly BatchRecordRef[]): Promise<boolean>;
  /**
   * `complete` and `remove` in one step: feeds are up to date with all actions of these records. Returns the partitions that are
   * not empty yet.
   */
  acknowledge(space: string, batches: readonly PartitionRecords[]): Promise<number[]>;
  /** Feeds are up to date with these actions: they are no longer pending, and callers are notified. */
  complete(space: string, actions: readonly string[]): Promise<void>;
}

/** The remainder of a fan-out, processed by its own job. */
export interface FanOutTask {
  space: string;
  /** Ids of the accepted actions. */
  actions: string[];
  /** Progress of an earlier attempt: complete are keys before `key`, and of `key` users up to `user`. */
  checkpoint: { key: string | null; user: string | null };
  /** An earlier attempt may have written some of these while the partition waited. */
  isRetry?: boolean;
  /** Set by a retry of `visible`: the attempt number, and a position from just before it was queued. */
  visibilityRetry?: { attempt: number; jobStartPosition: Position };
}

export interface FanOutQueue {
  /** The same `id` is queued once. `delayMs`: time before the job may start. */
  add(id: string, task: FanOutTask, delayMs?: Millis): Promise<void>;
}
