/**
 * What a configuration module imports as `hubbub/config`: the shape of its default export (the contract's section 7),
 * and functions that do nothing but give it its types.
 */
import type { Handler, Settings, Visible } from './settings.ts';

export type { HandledAction, Handler, Settings, TextContext, Visible } from './settings.ts';

/** The hub's configuration as an application writes it; every key is optional. */
export interface HubDefinition {
  /** The type of refs that are users: `user`. */
  userType?: string;
  /** Names of levels, 0 to 1,000,000. Replaces the default names as a whole. */
  levels?: Readonly<Record<string, number>>;
  /** Of actions that name none, and whose handler names none: 30. A number or the name of a level. */
  defaultLevel?: number | string;
  /** Actions below it appear in no feed: 30. A number or the name of a level. */
  readableLevel?: number | string;
  /** Seconds up to a year, `-1` or `0`, of actions that name none and whose handler names none: 0. */
  groupingDelay?: number;
  /** Whether rendering an action for a user marks it read: true. */
  autoRead?: boolean;
  /** How one's own actions arrive where one's trackers match them: `read`. */
  ownActions?: Settings['ownActions'];
  /** Whether an item whose action gained another moves up and is unread again: `bump`. */
  regroup?: Settings['regroup'];
  /** Who of these users may see the action; without it all may. */
  visible?: Visible;
  /** At most one for each verb. */
  handlers?: readonly Handler[];
}

export const defineHub = (definition: HubDefinition): HubDefinition => definition;

export const defineHandler = (handler: Handler): Handler => handler;
