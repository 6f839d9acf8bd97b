import type { StoredAction } from './model.ts';
import type { Patience } from './patience.ts';
import type { Handled, Handlers, OlderOne } from './ports/handlers.ts';
import type { TextContext } from './settings.ts';

/** Passes every question on to other handlers; subclasses change what they need to. */
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

  firstCombining(newer: Handled, olderOnes: readonly OlderOne[], patience: Patience): Promise<number> {
    return this.inner.firstCombining(newer, olderOnes, patience);
  }

  hasGroup(verb: string): boolean {
    return this.inner.hasGroup(verb);
  }

  firstSimilar(
    newer: Handled,
    older: readonly Handled[],
    otherwise: (index: number) => boolean,
    patience: Patience,
  ): Promise<number> {
    return this.inner.firstSimilar(newer, older, otherwise, patience);
  }

  text(action: Handled, context: TextContext): string | null {
    return this.inner.text(action, context);
  }

  visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null> {
    return this.inner.visibleTo(action, users);
  }
}
