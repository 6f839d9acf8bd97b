import type { StoredAction } from '../model/entities.ts';
import type { CombineCandidate, HandlerAction, Handlers } from '../ports/handlers.ts';
import type { TimeBudget } from '../ports/time-budget.ts';
import type { TextContext } from '../settings.ts';

/** Delegates every call to other handlers. Subclasses override some of them. */
export class HandlersWrapper implements Handlers {
  protected readonly inner: Handlers;

  constructor(inner: Handlers) {
    this.inner = inner;
  }

  levelOf(verb: string): number {
    return this.inner.levelOf(verb);
  }

  groupingDelayOf(verb: string): number {
    return this.inner.groupingDelayOf(verb);
  }

  mayCombine(verb: string, other: string): boolean {
    return this.inner.mayCombine(verb, other);
  }

  findCombinable(
    newer: HandlerAction,
    candidates: readonly CombineCandidate[],
    timeBudget: TimeBudget,
  ): Promise<number> {
    return this.inner.findCombinable(newer, candidates, timeBudget);
  }

  hasCustomGrouping(verb: string): boolean {
    return this.inner.hasCustomGrouping(verb);
  }

  findSimilar(
    newer: HandlerAction,
    older: readonly HandlerAction[],
    fallback: (index: number) => boolean,
    timeBudget: TimeBudget,
  ): Promise<number> {
    return this.inner.findSimilar(newer, older, fallback, timeBudget);
  }

  text(action: HandlerAction, context: TextContext): string | null {
    return this.inner.text(action, context);
  }

  visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null> {
    return this.inner.visibleTo(action, users);
  }
}
