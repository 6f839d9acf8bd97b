/** A hub as the model's steps are done to it, whatever they go through. */

import type { ModelItem, ModelMark, ModelObject } from '../../../dev/model/feed.ts';
import type { Action, Counts } from '../../../protocol/entities.ts';
import type { RuleInput } from './rule-steps.ts';

export interface Tracked {
  tracked: string;
  verbs: string[];
  actorOnly: boolean;
  since: number;
}

/** Everything that is done is done to its end, feeds included, when its promise resolves. */
export interface Door {
  /** Milliseconds since 1970: what the actions that are logged next are timed by. */
  now(): number;
  wait(milliseconds: number): void;
  /** Timestamps are given in `at`. Answers the ids. */
  log(batch: ReadonlyArray<Omit<RuleInput, 'ago'> & { at: number }>): Promise<string[]>;
  /** Answers when the trackers that were not there before were made; `null`: refused. */
  track(
    user: string,
    call: { to: ModelObject[]; verbs: string[]; actorOnly: boolean; since?: number },
  ): Promise<number | null>;
  /** Whether it was done. */
  untrack(user: string, call: { from: ModelObject[]; verbs?: string[] }): Promise<boolean>;
  mark(user: string, mark: ModelMark, input: object): Promise<{ changed: number; counts: Counts }>;
  recall(id: string): Promise<void>;
  delete(object: ModelObject, input: { description: string; actions: 'keep' | 'delete' }): Promise<void>;
  feed(user: string, query?: { includeOwn: true }): Promise<{ items: ModelItem[]; counts: Counts }>;
  /** All, newest first. */
  actions(): Promise<Action[]>;
  trackers(user: string): Promise<Tracked[]>;
}
