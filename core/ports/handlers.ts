import type { LoggedAction, StoredAction } from '../model.ts';
import type { Patience } from '../patience.ts';
import type { TextContext } from '../settings.ts';

/** An action on its way in, or one that is stored. */
export type Handled = LoggedAction | StoredAction;

/** An older action, and whose `combineWith` is asked about it and a newer one: of `verb`, about `other`. */
export interface OlderOne {
  verb: string;
  other: string;
  older: Handled;
}

/**
 * What the application's handlers say. A handler that throws, takes too long or answers nonsense is logged, and the
 * hub goes on as if that verb had none.
 */
export interface Handlers {
  /** Of actions that name none: the handler's, else the default. */
  levelOf(verb: string): number;
  /** As `levelOf`, in seconds. */
  groupingDelayOf(verb: string): number;
  /** Whether the handler of `verb` has something to say about combining with actions of `other`. */
  mayCombine(verb: string, other: string): boolean;
  /** The index of the first about which it says yes, or -1. Where it has nothing to say or failed that is a no. */
  firstCombining(newer: Handled, olderOnes: readonly OlderOne[], patience: Patience): Promise<number>;
  /** Whether the verb's handler says itself what is similar. */
  hasGroup(verb: string): boolean;
  /**
   * The index of the first that it says is similar, or -1. Where it failed, or took too long with others already, the
   * default rule (`otherwise`) decides.
   */
  firstSimilar(
    newer: Handled,
    older: readonly Handled[],
    otherwise: (index: number) => boolean,
    patience: Patience,
  ): Promise<number>;
  /** The handler's text; `null` where the default text is to be used. */
  text(action: Handled, context: TextContext): string | null;
  /** Those of the users who may see the action; `null` where that is unknown, for the filter failed or was late. */
  visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null>;
}
