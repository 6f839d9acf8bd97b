import type { LoggedAction, StoredAction } from '../model/entities.ts';
import type { TextContext } from '../settings.ts';
import type { Sentences } from './sentences.ts';
import type { TimeBudget } from './time-budget.ts';

export type HandlerAction = LoggedAction | StoredAction;

/** An older action to combine with a newer one, by the predicate of `verb` for `other`. */
export interface CombineCandidate {
  verb: string;
  other: string;
  older: HandlerAction;
}

/** What the application says to the press of a button. */
export type PressOutcome =
  /** Also without a handler for presses. */
  | { kind: 'accepted' }
  /** The handler threw an error. */
  | { kind: 'refused'; message: string }
  /** The handler timed out, or is not called because it did so repeatedly. */
  | { kind: 'unavailable' };

/**
 * The application's handlers. If a handler throws, takes too long or returns an invalid value, the fault is
 * logged, and the hub behaves as if the verb had no handler.
 */
export interface Handlers {
  /** The texts of actions for which no handler writes one. */
  readonly sentences: Sentences;
  /** Returns the level of actions that specify none: that of the handler, or else the default. */
  levelOf(verb: string): number;
  /** Returns the grouping delay of actions that specify none, in seconds. */
  groupingDelayOf(verb: string): number;
  /** Returns true if the handler of `verb` has a `combineWith` predicate for `other`. */
  mayCombine(verb: string, other: string): boolean;
  /** Returns the index of the first candidate whose predicate returns true and does not fail, or -1. */
  findCombinable(
    newer: HandlerAction,
    candidates: readonly CombineCandidate[],
    timeBudget: TimeBudget,
  ): Promise<number>;
  /** Returns true if the handler of the verb has its own `group` predicate. */
  hasCustomGrouping(verb: string): boolean;
  /** Returns the index of the first similar action, or -1. `fallback` replaces a failed or slow handler. */
  findSimilar(
    newer: HandlerAction,
    older: readonly HandlerAction[],
    fallback: (index: number) => boolean,
    timeBudget: TimeBudget,
  ): Promise<number>;
  /** Returns true if the handler of the verb writes texts, which may differ for each reader. */
  hasCustomText(verb: string): boolean;
  /** Returns the handler's text; null for the default text. */
  text(action: HandlerAction, context: TextContext): string | null;
  /** Asks the handler whether the user may press the button. */
  press(action: StoredAction, user: string, button: string): Promise<PressOutcome>;
  /** Returns the users who may see the action; null (undetermined) if `visible` failed or timed out. */
  visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null>;
}
