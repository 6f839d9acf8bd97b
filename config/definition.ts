/**
 * The module `hubbub/config`: the type of a configuration module's default export (docs/configuration.md), and two identity
 * functions that provide type inference.
 */
import type { Handler, Settings, Visible } from '../core/settings.ts';

export type {
  HandledAction,
  Handler,
  PressContext,
  Settings,
  TextContext,
  Visible,
} from '../core/settings.ts';

/** The hub's configuration. Every key is optional. */
export interface HubDefinition {
  /** The ref type of users. Default: `user`. */
  userType?: string;
  /** Names of levels, with values from 0 to 1,000,000. Replaces all default names. */
  levels?: Readonly<Record<string, number>>;
  /**
   * The level of actions that specify none and whose handler specifies none: a number or a name. Default: 30.
   */
  defaultLevel?: number | string;
  /** Feeds do not show actions below this level: a number or a name. Default: 30. */
  readableLevel?: number | string;
  /**
   * The grouping delay of actions that specify none and whose handler specifies none: seconds up to a year,
   * `-1` or `0`. Default: 0.
   */
  groupingDelay?: number;
  /** Rendering an action for a user marks it as read. Default: true. */
  autoRead?: boolean;
  /** How a user's own actions arrive in the user's feed. Default: `read`. */
  ownActions?: Settings['ownActions'];
  /**
   * With `bump`, an item moves to the top and becomes unread when another action merges into it. Default:
   * `bump`.
   */
  regroup?: Settings['regroup'];
  /** The language of texts for readers who name none, and where `messages` lacks theirs: BCP 47. Default: `en`. */
  locale?: string;
  /** Sentences in ICU MessageFormat, by language (BCP 47) and verb. */
  messages?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Returns the users who may see the action. Default: all. */
  visible?: Visible;
  /** At most one handler per verb. */
  handlers?: readonly Handler[];
}

export const defineHub = (definition: HubDefinition): HubDefinition => definition;

export const defineHandler = (handler: Handler): Handler => handler;
