/** A hub to which the model's steps can be applied, through HTTP or in memory. */

import type { ModelItem, ModelMark, ModelMove, ModelObject } from '../../../dev/model/feed.ts';
import type { Action, Counts } from '../../../protocol/entities.ts';
import type { RuleInput } from './rule-steps.ts';

export interface Tracked {
  tracked: string;
  verbs: string[];
  actorOnly: boolean;
  since: number;
}

/** Each promise resolves when the call is complete and feeds are up to date. */
export interface HubAdapter {
  /** The base of the next actions' timestamps, in milliseconds since 1970. */
  now(): number;
  wait(milliseconds: number): void;
  /** Resolves when items whose snooze has ended are in the inbox. */
  endSnoozes(): Promise<void>;
  /** The end of a snooze of about so many milliseconds. */
  snoozeEnd(milliseconds: number): number;
  /** Takes timestamps in `at`. Returns the ids. */
  log(batch: ReadonlyArray<Omit<RuleInput, 'ago'> & { at: number }>): Promise<string[]>;
  /** Returns the creation time of new trackers, or `null` if the call was refused. */
  track(
    user: string,
    call: { to: ModelObject[]; verbs: string[]; actorOnly: boolean; since?: number },
  ): Promise<number | null>;
  /** Returns false if the call was refused. */
  untrack(user: string, call: { from: ModelObject[]; verbs?: string[] }): Promise<boolean>;
  mark(
    user: string,
    mark: ModelMark | ModelMove,
    input: object,
  ): Promise<{ changed: number; counts: Counts }>;
  recall(id: string): Promise<void>;
  /** Without a name, the registration is removed. */
  register(object: ModelObject, name?: string): Promise<void>;
  delete(object: ModelObject, input: { description: string; actions: 'keep' | 'delete' }): Promise<void>;
  feed(
    user: string,
    query?: { includeOwn?: true; state?: 'all' },
  ): Promise<{ items: ModelItem[]; counts: Counts }>;
  /** All actions, newest first. */
  actions(): Promise<Action[]>;
  trackers(user: string): Promise<Tracked[]>;
}
