/** Every text of the inbox that does not come from the hub. Replace any of them, or all for another language. */
export interface Labels {
  /** Names the inbox; the heading of its panel. */
  title: string;
  /** The button that opens it, for screen readers. `unread` as shown on the badge: `12`, `999+`; `null`: nothing unread. */
  open: (unread: string | null) => string;
  close: string;
  all: string;
  unread: string;
  markAllRead: string;
  markRead: string;
  markUnread: string;
  /** Before the text of an unread item, for screen readers. */
  isUnread: string;
  loading: string;
  loadMore: string;
  retry: string;
  empty: string;
  emptyHint: string;
  emptyUnread: string;
  connecting: string;
  offline: string;
  expired: string;
  /** The hub refuses the token, or the page could not get one. */
  signInFailed: string;
  failed: string;
  /** Of an item that stands for several actions. */
  count: (count: number) => string;
  /** Announced politely when items arrive: how many, and the newest one's text. */
  arrived: (count: number, text: string) => string;
}

/** These, and English for those that are not given, or given as `undefined`. */
export function labelsWith(given: Partial<Labels> | null | undefined): Labels {
  const some = Object.entries(given ?? {}).filter(([, label]) => label !== undefined);
  return { ...english, ...Object.fromEntries(some) };
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
