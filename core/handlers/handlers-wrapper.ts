import type { Handlers, PressOutcome } from '../ports/handlers.ts';
import type { Sentences } from '../ports/sentences.ts';

type Arguments<Name extends Exclude<keyof Handlers, 'sentences'>> = Parameters<Handlers[Name]>;

/** Delegates every call to other handlers. Subclasses override some of them. */
export class HandlersWrapper implements Handlers {
  protected readonly inner: Handlers;

  constructor(inner: Handlers) {
    this.inner = inner;
  }

  get sentences(): Sentences {
    return this.inner.sentences;
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

  findCombinable(...args: Arguments<'findCombinable'>): Promise<number> {
    return this.inner.findCombinable(...args);
  }

  hasCustomGrouping(verb: string): boolean {
    return this.inner.hasCustomGrouping(verb);
  }

  findSimilar(...args: Arguments<'findSimilar'>): Promise<number> {
    return this.inner.findSimilar(...args);
  }

  hasCustomText(verb: string): boolean {
    return this.inner.hasCustomText(verb);
  }

  text(...args: Arguments<'text'>): string | null {
    return this.inner.text(...args);
  }

  press(...args: Arguments<'press'>): Promise<PressOutcome> {
    return this.inner.press(...args);
  }

  visibleTo(...args: Arguments<'visibleTo'>): Promise<ReadonlySet<string> | null> {
    return this.inner.visibleTo(...args);
  }
}
