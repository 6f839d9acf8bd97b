/** The hub's own configuration, as the contract's section 7 names it. */
export interface Settings {
  /** The type of refs that are users. */
  userType: string;
  levels: Readonly<Record<string, number>>;
  defaultLevel: number;
  /** Actions below it appear in no feed. */
  readableLevel: number;
  /** How one's own actions arrive where one's trackers match them. */
  ownActions: 'read' | 'unread' | 'hide';
}

export const defaultSettings: Settings = Object.freeze({
  userType: 'user',
  levels: Object.freeze({ NULL: 0, DEBUG: 10, HIDDEN: 20, INFO: 30, WARNING: 40, ERROR: 50 }),
  defaultLevel: 30,
  readableLevel: 30,
  ownActions: 'read',
});
