/** The parts of an `<Inbox>` and what each is given. Any of them can be replaced by a component with the same props. */
import type { ButtonHTMLAttributes, ComponentType, MouseEvent } from 'react';
import type { Action, Counts, FeedItem, Ref } from '../../../protocol/entities.ts';
import type { ConnectionProblem, ConnectionState } from '../../src/connection.ts';
import type { HubError } from '../../src/error.ts';
import type { Labels } from '../../ui/labels.ts';

export type InboxTab = 'all' | 'unread';

/** What every part is given. */
export interface PartProps {
  labels: Labels;
  /** BCP 47: the language of times; `undefined`: the browser's. */
  locale: string | undefined;
}

/** The button that opens the panel. */
export interface BellProps extends PartProps {
  counts: Counts;
  /** The unread count as shown: `12`, `999+`; `null`: nothing unread. */
  badge: string | null;
  open: boolean;
  /** To be spread onto a `<button>`: its name, state and click. */
  buttonProps: ButtonHTMLAttributes<HTMLButtonElement>;
}

export interface HeaderProps extends PartProps {
  counts: Counts;
  /** The id of the element with the title: it names the panel. */
  titleId: string;
  markAllRead(): void;
  /** `null`: this inbox cannot be closed. */
  close: (() => void) | null;
}

/** Has to be a `tablist`, with a `tab` of the given id for each. */
export interface TabsProps extends PartProps {
  counts: Counts;
  selected: InboxTab;
  select(tab: InboxTab): void;
  /** Of the element that the tabs belong to, for `aria-controls`. */
  panelId: string;
  tabId(tab: InboxTab): string;
}

/** The content of one entry of the list; the `<li>` around it is there already. */
export interface ItemProps extends PartProps {
  item: FeedItem;
  /** Where it leads: the first address among its objects that may be linked to. */
  href: string | undefined;
  /**
   * For the click on what stands for the item: asks `onSelect`, marks it read, and closes the bell's panel where it leads
   * somewhere. Following is the link's own doing.
   */
  select(event: MouseEvent<HTMLElement>): void;
  markRead(): void;
  markUnread(): void;
  /** What the inbox shows inside of an item. */
  parts: Pick<InboxParts, 'Avatar' | 'Sentence'>;
}

export interface SentenceProps extends PartProps {
  action: Action;
}

export interface AvatarProps {
  /** `null`: nobody's doing. */
  actor: Ref | null;
}

export interface EmptyProps extends PartProps {
  tab: InboxTab;
}

export interface LoadingProps extends PartProps {
  connection: ConnectionState;
}

export interface ErrorProps extends PartProps {
  error: HubError;
  /** Does again what failed; `null`: that would be refused again. */
  retry: (() => void) | null;
}

export interface OfflineProps extends PartProps {
  connection: 'offline' | 'expired';
  /** The hub refuses the token, or the token function failed; `null`: neither. */
  problem: ConnectionProblem | null;
  /** Tries to connect at once; `null`: that would be refused again. */
  retry: (() => void) | null;
}

/** Shown while there are older items. They are loaded by themselves when it comes into view. */
export interface LoadMoreProps extends PartProps {
  isLoading: boolean;
  /** Why that failed the last time; then only `loadMore` tries again. */
  error: HubError | null;
  loadMore(): void;
}

export interface InboxParts {
  Bell: ComponentType<BellProps>;
  Header: ComponentType<HeaderProps>;
  Tabs: ComponentType<TabsProps>;
  Item: ComponentType<ItemProps>;
  Sentence: ComponentType<SentenceProps>;
  Avatar: ComponentType<AvatarProps>;
  Empty: ComponentType<EmptyProps>;
  Loading: ComponentType<LoadingProps>;
  Error: ComponentType<ErrorProps>;
  Offline: ComponentType<OfflineProps>;
  LoadMore: ComponentType<LoadMoreProps>;
}
