/** The hub's configuration (docs/configuration.md), validated and with all defaults applied. */
import type { Action, Json } from '../protocol/entities.ts';

/** An action as handlers receive it: the action of the API without `text`, which a handler may produce. */
export type HandledAction = Omit<Action, 'text'>;

export interface TextContext {
  /** A BCP 47 tag. */
  locale: string;
  /** The id of the user who reads the text; `null` if it is not known. */
  user: string | null;
  /** The context passed to `render`. */
  context: Readonly<Record<string, Json>>;
}

export interface PressContext {
  action: HandledAction;
  /** The id of the user who presses. */
  user: string;
}

type PairPredicate = (newer: HandledAction, older: HandledAction) => boolean | Promise<boolean>;

/** Application code for a verb. */
export interface Handler {
  verb: string;
  /** The level of actions that specify none: a number or a name. */
  level?: number | string;
  /** The grouping delay of actions that specify none: seconds, or -1 or 0 as in an action. */
  groupingDelay?: number;
  /** Predicates by the verb of the other action. Return true to merge the two actions (rule 4). */
  combineWith?: Readonly<Record<string, PairPredicate>>;
  /** Returns true if two actions of this verb and one actor are similar, instead of the default rule. */
  group?: PairPredicate;
  /** Returns the text of an action of this verb, without the time. Must not return a promise. */
  text?: (action: HandledAction, context: TextContext) => string;
  /**
   * Called when a user presses a button of an action of this verb, with the button's id. An error that it throws refuses the
   * press with its message.
   */
  press?: (button: string, context: PressContext) => unknown;
}

/** Returns those of the users who may see the action. */
export type Visible = (
  action: HandledAction,
  userIds: readonly string[],
) => readonly string[] | Promise<readonly string[]>;

/** The arguments of a sentence. A missing actor is `""`, and so is an empty list. */
export interface MessageValues {
  actor: string;
  /** A list. */
  targets: string;
  /** A list. */
  related: string;
  verb: string;
  /** The number of logged actions that the action stands for. */
  count: number;
  actorCount: number;
  targetCount: number;
  relatedCount: number;
}

/** A parsed sentence of `messages`. */
export interface Message {
  format(values: MessageValues): string;
}

export interface Settings {
  /** The ref type of users. */
  userType: string;
  levels: Readonly<Record<string, number>>;
  defaultLevel: number;
  /** Feeds do not show actions below this level. */
  readableLevel: number;
  /** In seconds, or -1 or 0. For actions that specify none and whose handler specifies none. */
  groupingDelay: number;
  /** Rendering an action for a user marks it as read. */
  autoRead: boolean;
  /** How a user's own actions arrive in the user's feed. */
  ownActions: 'read' | 'unread' | 'hide';
  /** With `bump`, an item moves to the top and becomes unread when another action merges into it. */
  regroup: 'bump' | 'keep';
  /** The language of texts for readers who name none, and where `messages` lacks theirs: a BCP 47 tag. */
  locale: string;
  /** Sentences by language (a BCP 47 tag) and verb. */
  messages: ReadonlyMap<string, ReadonlyMap<string, Message>>;
  /** `null` if all users may see all actions. */
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
  locale: 'en',
  messages: new Map(),
  visible: null,
  handlers: new Map(),
});

export const hasApplicationCode = ({ handlers, visible }: Settings): boolean =>
  handlers.size > 0 || visible !== null;
