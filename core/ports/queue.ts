import type { AcceptedAction } from '../model.ts';

/** One action on its way in, with its idempotency. */
export interface Arriving {
  action: AcceptedAction;
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
}

export type Acceptance =
  /** The ids in the order of the batch: new ones, or those of the first time. */
  | { kind: 'accepted'; ids: string[] }
  /** The key of the batch (`index` null) or of one action was used with other content. Nothing was queued. */
  | { kind: 'conflict'; index: number | null };

/** How gateways hand actions over. */
export interface ActionQueue {
  /** All or nothing; when it answers, the death of any process can no longer lose the batch. */
  accept(batch: ArrivingBatch): Promise<Acceptance>;
  /** Which of these are not in feeds yet. */
  pending(space: string, ids: readonly string[]): Promise<string[]>;
}

export interface LaneEntry {
  id: string;
  actions: AcceptedAction[];
}

/** How workers take them. Entries stay in the lane until they are settled. */
export interface Lanes {
  /** The oldest entries, as many as hold about `actions` actions. */
  read(space: string, lane: number, actions: number): Promise<LaneEntry[]>;
  /** Takes entries out of the lane: what remains to be done for them is queued elsewhere. */
  drop(space: string, lane: number, entries: readonly string[]): Promise<void>;
  /** Feeds are up to date with these actions: no longer pending; whoever waits is told. */
  settle(space: string, actions: readonly string[]): Promise<void>;
}

/** The rest of a fan-out, handed to a job of its own. */
export interface FanOutTask {
  space: string;
  actions: string[];
  /** Where the earlier run got to: this many keys are done, and of the next one users up to this one. */
  done: { keys: number; user: string | null };
}

export interface FanOutQueue {
  /** The same `id` queues once. */
  add(id: string, task: FanOutTask): Promise<void>;
}
