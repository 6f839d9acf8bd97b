/** English. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Notifications',
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
  },
  open: { one: 'Notifications, # unread', other: 'Notifications, # unread' },
  count: { one: '# action', other: '# actions' },
  arrived: { one: '# new. @', other: '# new. @' },
};
