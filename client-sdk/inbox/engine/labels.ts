/** All texts of the inbox that do not come from the hub. Override any of them, or all for another language. */
export interface Labels {
  /** The name of the inbox and the heading of its panel. */
  title: string;
  /** The accessible name of the bell button. `unread` is the badge's text: `12`, `999+`; `null`: nothing unread. */
  open: (unread: string | null) => string;
  close: string;
  all: string;
  unread: string;
  markAllRead: string;
  markRead: string;
  markUnread: string;
  /** Precedes the text of an unread item, for screen readers. */
  isUnread: string;
  /** Precede the text of an item of that level, for screen readers. */
  warning: string;
  error: string;
  /** Another device pressed a button of the item first. */
  alreadyPressed: string;
  loading: string;
  loadMore: string;
  retry: string;
  empty: string;
  emptyHint: string;
  emptyUnread: string;
  connecting: string;
  offline: string;
  expired: string;
  /** The hub rejects the token, or the page could not get one. */
  signInFailed: string;
  failed: string;
  /** The number of actions that an item combines. */
  count: (count: number) => string;
  /** Announced by screen readers when items arrive: how many, and the newest one's text. */
  arrived: (count: number, text: string) => string;
}

/** Merges the overrides with the English labels. `undefined` overrides nothing. */
export function labelsWith(overrides: Partial<Labels> | null | undefined): Labels {
  const defined = Object.entries(overrides ?? {}).filter(([, label]) => label !== undefined);
  return { ...english, ...Object.fromEntries(defined) };
}

export const english: Labels = {
  title: 'Notifications',
  open: (unread) => (unread === null ? 'Notifications' : `Notifications, ${unread} unread`),
  close: 'Close',
  all: 'All',
  unread: 'Unread',
  markAllRead: 'Mark all read',
  markRead: 'Mark read',
  markUnread: 'Mark unread',
  isUnread: 'Unread: ',
  warning: 'Warning: ',
  error: 'Error: ',
  alreadyPressed: 'This was already answered.',
  loading: 'Loading …',
  loadMore: 'Load older',
  retry: 'Try again',
  empty: 'Nothing here yet',
  emptyHint: 'What you follow shows up here as it happens.',
  emptyUnread: 'All caught up',
  connecting: 'Connecting …',
  offline: 'Offline. What you miss is loaded when you are back.',
  expired: 'You are signed out.',
  signInFailed: 'Could not sign you in to notifications.',
  failed: 'That did not work.',
  count: (count) => `${count} actions`,
  arrived: (count, text) => (count > 1 ? `${count} new. ${text}` : text),
};
