import type { LoggedAction, StoredAction } from '../model/entities.ts';
import type { TextContext } from '../settings.ts';
import type { TimeBudget } from './time-budget.ts';

/** A logged or a stored action. */
export type HandlerAction = LoggedAction | StoredAction;

/**
 * An older action, and the `combineWith` predicate to call with it and the newer one: that of `verb` for
 * `other`.
 */
export interface CombineCandidate {
  verb: string;
  other: string;
  older: HandlerAction;
}

/**
 * The application's handlers. If a handler throws, takes too long or returns an invalid value, the fault is
 * logged, and the hub behaves as if the verb had no handler.
 */
export interface Handlers {
  /** Returns the level of actions that specify none: that of the handler, or else the default. */
  levelOf(verb: string): number;
  /** Returns the grouping delay of actions that specify none, in seconds. */
  groupingDelayOf(verb: string): number;
  /** Returns true if the handler of `verb` has a `combineWith` predicate for `other`. */
  mayCombine(verb: string, other: string): boolean;
  /**
   * Returns the index of the first candidate whose predicate returns true, or -1. A failed predicate counts
   * as false.
   */
  findCombinable(
    newer: HandlerAction,
    candidates: readonly CombineCandidate[],
    timeBudget: TimeBudget,
  ): Promise<number>;
  /** Returns true if the handler of the verb has its own `group` predicate. */
  hasCustomGrouping(verb: string): boolean;
  /**
   * Returns the index of the first similar action, or -1. The default rule (`fallback`) applies if the
   * handler fails, or its time is used up.
   */
  findSimilar(
    newer: HandlerAction,
    older: readonly HandlerAction[],
    fallback: (index: number) => boolean,
    timeBudget: TimeBudget,
  ): Promise<number>;
  /** Returns the handler's text; null for the default text. */
  text(action: HandlerAction, context: TextContext): string | null;
  /**
   * Returns the users who may see the action; null if that is undetermined, because `visible` failed or timed
   * out.
   */
  visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null>;
}
