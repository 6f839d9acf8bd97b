import type { AcceptedAction, LoggedAction } from '../model/entities.ts';

/** An action to accept, with its idempotency key. */
export interface IncomingAction {
  /** `seq` is set only for a retried dead letter, which keeps its number. */
  action: LoggedAction & { seq?: number };
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
  /**
   * Capacity was already checked, before the caller stored something that depends on these actions. Limits no
   * longer apply.
   */
  isExemptFromLimits?: boolean;
}

/**
 * Returned when too many actions wait: in the hub, in this space, or for the memory of Redis. Nothing was
 * queued and no key was used. The caller should retry after `retryAfterMs`.
 */
export interface Overload {
  kind: 'overloaded';
  bound: 'hub' | 'space' | 'memory';
  retryAfterMs: number;
}

export type Acceptance =
  /** The ids in the order of the batch. A repeated batch returns the ids of the first call. */
  | { kind: 'accepted'; ids: string[] }
  /**
   * The batch's key (`index` is null) or an action's key was used before with other content. Nothing was
   * queued.
   */
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

export type BatchRecordRef = Pick<BatchRecord, 'id' | 'bytes'>;

/**
 * The worker's side of the queue. Batch records stay in their partition until they are acknowledged, or until a fan-out job
 * has taken over what is left of them.
 */
export interface PartitionQueue {
  /** Returns the oldest records, whole, until they hold `maxActions` actions or 8 MB. At least one. */
  read(space: string, partition: number, maxActions: number): Promise<BatchRecord[]>;
  /** Removes records whose remaining work is queued elsewhere. */
  remove(space: string, partition: number, records: readonly BatchRecordRef[]): Promise<void>;
  /** `complete` and `remove` in one step: feeds are up to date with all actions of these records. */
  acknowledge(space: string, partition: number, records: readonly BatchRecord[]): Promise<void>;
  /**
   * Feeds are up to date with these actions. They are no longer pending, and waiting callers are notified.
   */
  complete(space: string, actions: readonly string[]): Promise<void>;
}

/** The remainder of a fan-out, processed by its own job. */
export interface FanOutTask {
  space: string;
  /** Ids of the accepted actions. */
  actions: string[];
  /**
   * Progress of an earlier attempt: keys before `key` are complete, and of `key` itself the users up to
   * `user`.
   */
  checkpoint: { key: string | null; user: string | null };
  /** An earlier attempt may have written some of these while the partition waited. */
  isRetry?: boolean;
  /**
   * Set when the task was queued to retry `visible`: the attempt number, and a position taken just before.
   */
  visibilityRetry?: { attempt: number; jobStartPosition: number };
}

export interface FanOutQueue {
  /** The same `id` is queued once. `delayMs`: time before the job may start. */
  add(id: string, task: FanOutTask, delayMs?: number): Promise<void>;
}

/** Background work that a call requested. The stored data determines what it does. */
export type Task =
  /** Brings a user's feed in line with the user's trackers of this object or class. */
  | { kind: 'backfill'; user: string; key: string }
  /** Removes a recalled action from feeds. */
  | { kind: 'recall'; action: string }
  /** Applies the deletion of this object. */
  | { kind: 'delete'; key: string };

/** A leased or claimed task. It completes only if no one requested it again in the meantime. */
export interface PendingTask {
  name: string;
  task: Task;
  /** Identifies this lease or claim. */
  leaseToken: number;
}

/** A task that a worker may run now. */
export interface ClaimedTask extends PendingTask {
  /** A position. Attempts that crashed may have changed feeds since then without publishing. */
  jobStartPosition: number;
}

/**
 * A task is pending from before the write that requires it until it completes, even if processes crash
 * (decision 14).
 */
export interface PendingTasks {
  /**
   * Call it before the write. The task is pending even if the caller crashes. Workers wait some seconds
   * before they run it.
   */
  lease(space: string, tasks: readonly Task[]): Promise<PendingTask[]>;
  /** Call it after the write. Workers may run the tasks. */
  markReady(space: string, tasks: readonly PendingTask[]): Promise<void>;
  /**
   * Returns false, and keeps the task pending, if others requested it too. Otherwise notifies waiting
   * callers.
   */
  complete(space: string, task: PendingTask): Promise<boolean>;
  /** `complete` for many tasks. */
  completeAll(space: string, tasks: readonly PendingTask[]): Promise<void>;
}

/** `waiting`: the task saved its progress and must run again later, because the application's `visible` does not respond. */
export type TaskOutcome = 'done' | 'waiting';

export const taskName = (task: Task): string =>
  JSON.stringify(
    task.kind === 'backfill'
      ? [task.kind, task.user, task.key]
      : [task.kind, task.kind === 'recall' ? task.action : task.key],
  );

/** Parses a task name. @throws Error if it is malformed */
export function parseTaskName(name: string): Task {
  const parts: unknown = JSON.parse(name);
  if (Array.isArray(parts) && parts.every((part): part is string => typeof part === 'string')) {
    const [kind, first, second] = parts;
    if (kind === 'backfill' && first !== undefined && second !== undefined)
      return { kind, user: first, key: second };
    if (kind === 'recall' && first !== undefined) return { kind, action: first };
    if (kind === 'delete' && first !== undefined) return { kind, key: first };
  }
  throw new Error(`not a task name: ${name}`);
}

/** Action ids are alphanumeric, so they never start with `[`. */
export const isTaskName = (id: string): boolean => id.startsWith('[');
