'use client';

/** The public API of `@hubbub/react`. Requires React 18 or later. Importing it has no side effects. */
export type { ConnectionProblem } from '@hubbub/client';
export type { Labels } from '@hubbub/inbox/engine';
export { useConnection, useConnectionProblem } from './connection.ts';
export { useHub } from './context.ts';
export type { FeedCalls, FeedView } from './feed.ts';
export { useCounts, useFeed } from './feed.ts';
export type { InboxProps } from './inbox/inbox.tsx';
export { Inbox } from './inbox/inbox.tsx';
export type {
  AvatarProps,
  BellProps,
  EmptyProps,
  ErrorProps,
  HeaderProps,
  InboxParts,
  InboxTab,
  ItemProps,
  LoadingProps,
  LoadMoreProps,
  OfflineProps,
  PartProps,
  SentenceProps,
  TabsProps,
} from './inbox/parts.ts';
export type { HubProviderProps, OwnHub, SharedHub } from './provider.tsx';
export { HubProvider } from './provider.tsx';
export type { WatchView } from './watch.ts';
export { useWatch } from './watch.ts';
