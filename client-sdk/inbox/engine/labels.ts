/** All texts of the inbox that do not come from the hub. Override any of them. */
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
