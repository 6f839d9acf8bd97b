/** The hub's own configuration, as the contract's section 7 names it, checked and with all defaults applied. */
import type { Action, Json } from '../protocol/entities.ts';

/** An action as handlers see it: as the API shows it, but for the text, which they may be asked for. */
export type HandledAction = Omit<Action, 'text'>;

export interface TextContext {
  /** BCP 47. */
  locale: string;
  /** The id of the user who reads it, where it is known. */
  user: string | null;
  /** What the caller of `render` gave. */
  context: Readonly<Record<string, Json>>;
}

type Decides = (newer: HandledAction, older: HandledAction) => boolean | Promise<boolean>;

/** The application's own code for a verb. */
export interface Handler {
  verb: string;
  /** A number or the name of a level: of actions that name none. */
  level?: number | string;
  /** Seconds, -1 and 0 as in an action: of actions that name none. */
  groupingDelay?: number;
  /** By the other action's verb. True: the other one is merged into this verb's, or this verb's into it (rule 4). */
  combineWith?: Readonly<Record<string, Decides>>;
  /** Whether two actions of this verb and the same actor are similar, instead of the default rule (rule 5). */
  group?: Decides;
  /** The text of an action of this verb, without the time; at once, not by a promise. */
  text?: (action: HandledAction, context: TextContext) => string;
}

/** Which of these users may see the action. */
export type Visible = (
  action: HandledAction,
  userIds: readonly string[],
) => readonly string[] | Promise<readonly string[]>;

export interface Settings {
  /** The type of refs that are users. */
  userType: string;
  levels: Readonly<Record<string, number>>;
  defaultLevel: number;
  /** Actions below it appear in no feed. */
  readableLevel: number;
  /** Seconds, -1 or 0, of actions that name none and whose handler names none. */
  groupingDelay: number;
  /** Whether rendering an action for a user marks it read. */
  autoRead: boolean;
  /** How one's own actions arrive where one's trackers match them. */
  ownActions: 'read' | 'unread' | 'hide';
  /** Whether an item whose action gained another moves up and is unread again. */
  regroup: 'bump' | 'keep';
  /** `null`: all may. */
  visible: Visible | null;
  /** By verb. */
  handlers: ReadonlyMap<string, Handler>;
}

export const defaultSettings: Settings = Object.freeze({
  userType: 'user',
  levels: Object.freeze({ NULL: 0, DEBUG: 10, HIDDEN: 20, INFO: 30, WARNING: 40, ERROR: 50 }),
  defaultLevel: 30,
  readableLevel: 30,
  groupingDelay: 0,
  autoRead: true,
  ownActions: 'read',
  regroup: 'bump',
  visible: null,
  handlers: new Map(),
});

/** Whether there is any of the application's own code to call. */
export const hasCode = ({ handlers, visible }: Settings): boolean => handlers.size > 0 || visible !== null;
