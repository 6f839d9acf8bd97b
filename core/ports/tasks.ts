import type { Position } from '../model/units.ts';

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
  /** Attempts that crashed may have changed feeds since then without publishing. */
  jobStartPosition: Position;
}

/** A task is pending from before the write that requires it until it completes (decision 14). */
export interface PendingTasks {
  /** Call it before the write. Tasks are pending even if the caller dies; workers wait some seconds. */
  lease(space: string, tasks: readonly Task[]): Promise<PendingTask[]>;
  /** Call it after the write. Workers may run the tasks. */
  markReady(space: string, tasks: readonly PendingTask[]): Promise<void>;
  /** Returns false, and keeps the task pending, if it was requested again. Otherwise notifies callers. */
  complete(space: string, task: PendingTask): Promise<boolean>;
  /** `complete` for many tasks. */
  completeAll(space: string, tasks: readonly PendingTask[]): Promise<void>;
}

/** Saves the progress of a task, so that an attempt after a crash can resume. Optional for a task. */
export interface CheckpointStore {
  /** The last checkpoint of an earlier attempt. It can resume there only if it is of the `sameRequest`. */
  readonly checkpoint: { text: string; sameRequest: boolean } | null;
  saveCheckpoint(text: string): Promise<void>;
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
