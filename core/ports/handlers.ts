import type { LoggedAction, StoredAction } from '../model.ts';
import type { TextContext } from '../settings.ts';

/** An action on its way in, or one that is stored. */
export type Handled = LoggedAction | StoredAction;

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
  /** What it says. */
  combines(verb: string, other: string, newer: Handled, older: Handled): Promise<boolean>;
  /** Whether the verb's handler says itself what is similar. */
  hasGroup(verb: string): boolean;
  /** What it says; `null` where it has nothing to say or failed, so that the default rule decides. */
  groups(newer: Handled, older: Handled): Promise<boolean | null>;
  /** The handler's text; `null` where the default text is to be used. */
  text(action: Handled, context: TextContext): string | null;
  /** Those of the users who may see the action; none where the filter fails. */
  visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string>>;
}
