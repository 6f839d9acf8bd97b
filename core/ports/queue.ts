import type { AcceptedAction, LoggedAction } from '../model.ts';

/** One action on its way in, with its idempotency. */
export interface Arriving {
  /** `seq`: only of one that comes from a dead letter and keeps its number. */
  action: LoggedAction & { seq?: number };
  key: string | null;
  /** Of the content, to tell a repeat from another action under the same key. */
  hash: string;
}

export interface ArrivingBatch {
  space: string;
  /** Whose keys these are. */
  subject: string;
  key: string | null;
  hash: string;
  actions: readonly Arriving[];
  /** There was room for it before something else was stored that it tells of: it is not refused any more. */
  isPromised?: boolean;
}

/**
 * Too much waits for workers: in all spaces or in this one, or Redis is short of memory. Nothing was queued and no key was
 * used. The caller should wait this long before it tries again.
 */
export interface Overload {
  kind: 'overloaded';
  bound: 'hub' | 'space' | 'memory';
  retryAfterMs: number;
}

export type Acceptance =
  /** The ids in the order of the batch: new ones, or those of the first time. */
  | { kind: 'accepted'; ids: string[] }
  /** The key of the batch (`index` null) or of one action was used with other content. Nothing was queued. */
  | { kind: 'conflict'; index: number | null }
  | Overload;

/** How gateways hand actions over. */
export interface ActionQueue {
  /** All or nothing; when it answers, the death of any process can no longer lose the batch. */
  accept(batch: ArrivingBatch): Promise<Acceptance>;
  /** Whether so many actions with so many bytes would be refused now. Nothing is kept free for them. */
  room(space: string, actions: number, bytes: number): Promise<Overload | null>;
  /** Whether the subject used the key for a batch or an action. */
  knows(space: string, subject: string, key: string): Promise<boolean>;
  /** Which of these are not in feeds yet: ids of actions, and names of chores. */
  pending(space: string, ids: readonly string[]): Promise<string[]>;
  /** Which of these actions were put aside as dead letters; they are pending, too. */
  dead(space: string, ids: readonly string[]): Promise<string[]>;
  /** The actions are no longer dead letters: they were accepted anew, or discarded. */
  releaseDead(space: string, ids: readonly string[]): Promise<void>;
}

export interface LaneEntry {
  id: string;
  /** What it counts for in the backlog. */
  bytes: number;
  actions: AcceptedAction[];
}

export type DroppedEntry = Pick<LaneEntry, 'id' | 'bytes'>;

/** How workers take them. Entries stay in the lane until they are settled. */
export interface Lanes {
  /** The oldest entries, as many as hold about `actions` actions, or about 8 MB. */
  read(space: string, lane: number, actions: number): Promise<LaneEntry[]>;
  /** Takes entries out of the lane: what remains to be done for them is queued elsewhere. */
  drop(space: string, lane: number, entries: readonly DroppedEntry[]): Promise<void>;
  /** As `settle`, then `drop`, in one step: feeds are up to date with all actions of these entries. */
  acknowledge(space: string, lane: number, entries: readonly LaneEntry[]): Promise<void>;
  /** Feeds are up to date with these actions: no longer pending; whoever waits is told. */
  settle(space: string, actions: readonly string[]): Promise<void>;
}

/** The rest of a fan-out, handed to a job of its own. */
export interface FanOutTask {
  space: string;
  /** The ids under which they were accepted. */
  actions: string[];
  /** Where the earlier run got to: the keys before this one are done, and of it the users up to this one. */
  done: { key: string | null; user: string | null };
  /** Whether an earlier run may have begun with some of these while the lane waited. */
  again?: boolean;
  /** Where it was queued for `visible` to be asked again: for the how manieth time, and a position from just before. */
  asked?: { times: number; begun: number };
}

export interface FanOutQueue {
  /** The same `id` queues once. `delayMs`: when it may be begun. */
  add(id: string, task: FanOutTask, delayMs?: number): Promise<void>;
}

/** Work that a call left to be done in the background. What is to be done follows from what is stored then. */
export type Chore =
  /** Brings a user's feed in line with what it tracks of this object or class. */
  | { kind: 'follow'; user: string; key: string }
  /** Takes a recalled action out of feeds. */
  | { kind: 'recall'; action: string }
  /** Does what the deletion of this object asks for. */
  | { kind: 'delete'; key: string };

/** A chore as it was leased, or taken by a worker: done only if nobody asked for it anew since. */
export interface Owed {
  name: string;
  chore: Chore;
  /** Tells this lease, or what was ready when it was taken, from all others. */
  stamp: number;
}

/** A chore that a worker may do now. */
export interface TakenChore extends Owed {
  /** A position: runs that died may have done something of it since, and told nobody. */
  begun: number;
}

/** Chores are owed from before the write that makes them necessary until they are done, whoever dies (decision 14). */
export interface Chores {
  /** To be called before the write: owed even if the caller dies, but left alone for some seconds. */
  lease(space: string, chores: readonly Chore[]): Promise<Owed[]>;
  /** To be called after the write: workers may begin. */
  ready(space: string, owed: readonly Owed[]): Promise<void>;
  /** Done, unless others asked for it, too; then false, and it is still owed to them. Tells those who wait. */
  done(space: string, owed: Owed): Promise<boolean>;
  /** As `done`, for many. */
  doneAll(space: string, owed: readonly Owed[]): Promise<void>;
}

export const choreName = (chore: Chore): string =>
  JSON.stringify(
    chore.kind === 'follow'
      ? [chore.kind, chore.user, chore.key]
      : [chore.kind, chore.kind === 'recall' ? chore.action : chore.key],
  );

/** The chore of a name. @throws Error where it is not one */
export function choreOf(name: string): Chore {
  const parts: unknown = JSON.parse(name);
  if (Array.isArray(parts) && parts.every((part): part is string => typeof part === 'string')) {
    const [kind, first, second] = parts;
    if (kind === 'follow' && first !== undefined && second !== undefined)
      return { kind, user: first, key: second };
    if (kind === 'recall' && first !== undefined) return { kind, action: first };
    if (kind === 'delete' && first !== undefined) return { kind, key: first };
  }
  throw new Error(`not the name of a chore: ${name}`);
}

/** Ids of actions are letters and digits, so the two never meet. */
export const isChoreName = (id: string): boolean => id.startsWith('[');
