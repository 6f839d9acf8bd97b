import {
  type Action,
  type ConnectionState,
  type Counts,
  connect,
  type Feed,
  type FeedItem,
  type FeedSnapshot,
  type Hub,
  type HubError,
  type MarkAnswer,
  type Ref,
  type Token,
  type WatchInput,
  type WatchSnapshot,
} from '@hubbub/client';
import {
  type AvatarProps,
  type BellProps,
  type ConnectionProblem,
  type EmptyProps,
  type ErrorProps,
  type FeedCalls,
  type FeedView,
  type HeaderProps,
  HubProvider,
  type HubProviderProps,
  Inbox,
  type InboxParts,
  type InboxProps,
  type InboxTab,
  type ItemProps,
  type Labels,
  type LoadingProps,
  type LoadMoreProps,
  type OfflineProps,
  type OwnHub,
  type PartProps,
  type SentenceProps,
  type SharedHub,
  type TabsProps,
  useConnection,
  useConnectionProblem,
  useCounts,
  useFeed,
  useHub,
  useWatch,
  type WatchView,
} from '@hubbub/react';
import type { ReactNode } from 'react';
import { type ButtonHTMLAttributes, type ComponentType, createElement, type MouseEvent } from 'react';
import { describe, expectTypeOf, test } from 'vitest';

const Text = ({ item }: ItemProps) => item.action.text;

describe('the provider', () => {
  test('shares a hub or creates one', () => {
    expectTypeOf(HubProvider).parameters.toEqualTypeOf<[props: HubProviderProps]>();
    expectTypeOf(HubProvider).returns.toEqualTypeOf<ReactNode>();
    expectTypeOf<HubProviderProps>().toEqualTypeOf<(SharedHub | OwnHub) & { children?: ReactNode }>();
    expectTypeOf<SharedHub['hub']>().toEqualTypeOf<Hub | null>();
    expectTypeOf<OwnHub['url']>().toBeString();
    expectTypeOf<OwnHub['token']>().toEqualTypeOf<Token>();
    expectTypeOf<OwnHub['locale']>().toEqualTypeOf<string | undefined>();
    const hub = connect('https://hub.example.com', { token: 'a token' });
    createElement(HubProvider, { hub });
    createElement(HubProvider, { hub: null });
    createElement(HubProvider, { url: 'https://hub.example.com', token: async () => 'a token' });
    // @ts-expect-error not both
    createElement(HubProvider, { hub, url: 'https://hub.example.com', token: 'a token' });
    // @ts-expect-error an address needs a token
    createElement(HubProvider, { url: 'https://hub.example.com' });
    // @ts-expect-error one of them is required
    createElement(HubProvider, {});
  });
});

describe('of the hooks,', () => {
  test('useHub returns the hub, if there is one', () => {
    expectTypeOf(useHub).toEqualTypeOf<() => Hub | null>();
    // @ts-expect-error the hub may be null
    useHub().close();
  });

  test('useFeed returns the snapshot and the calls', () => {
    expectTypeOf(useFeed).toEqualTypeOf<() => FeedView>();
    expectTypeOf<FeedView>().toEqualTypeOf<FeedSnapshot & FeedCalls>();
    expectTypeOf<FeedCalls['loadMore']>().toEqualTypeOf<(limit?: number) => Promise<void>>();
    expectTypeOf<FeedCalls['refresh']>().toEqualTypeOf<() => Promise<void>>();
    expectTypeOf<FeedCalls['markRead']>().toEqualTypeOf<(ids: readonly string[]) => Promise<MarkAnswer>>();
    expectTypeOf<FeedCalls['markUnread']>().toEqualTypeOf<(ids: readonly string[]) => Promise<MarkAnswer>>();
    expectTypeOf<FeedCalls['markSeen']>().toEqualTypeOf<(ids?: readonly string[]) => Promise<MarkAnswer>>();
    expectTypeOf<FeedCalls['markAllRead']>().toEqualTypeOf<() => Promise<MarkAnswer>>();
    // The hook returns all calls of a feed, except the subscription.
    expectTypeOf<keyof FeedCalls>().toExtend<keyof Feed>();
    // @ts-expect-error the hook takes no feed
    useFeed('ada');
  });

  test('useCounts and useConnection return counts and status', () => {
    expectTypeOf(useCounts).toEqualTypeOf<() => Counts>();
    expectTypeOf(useConnection).toEqualTypeOf<() => ConnectionState>();
    expectTypeOf(useConnectionProblem).toEqualTypeOf<() => ConnectionProblem | null>();
    expectTypeOf<ConnectionProblem['error']>().toEqualTypeOf<HubError>();
    expectTypeOf<ConnectionProblem['retryAt']>().toEqualTypeOf<number | null>();
  });

  test('useWatch watches an object, or nothing', () => {
    expectTypeOf(useWatch).toEqualTypeOf<(input: WatchInput | null) => WatchView>();
    expectTypeOf<WatchView['items']>().toEqualTypeOf<readonly Action[]>();
    expectTypeOf<WatchView['error']>().toEqualTypeOf<HubError | null>();
    expectTypeOf<WatchView['status']>().toEqualTypeOf<WatchSnapshot['status'] | 'idle'>();
    // @ts-expect-error the object is part of an input
    useWatch('issue:7');
  });
});

describe('the inbox', () => {
  test('requires no properties, and accepts these', () => {
    expectTypeOf(Inbox).parameters.toEqualTypeOf<[props: InboxProps]>();
    expectTypeOf(Inbox).returns.toEqualTypeOf<ReactNode>();
    createElement(Inbox);
    expectTypeOf<Required<InboxProps>>().toEqualTypeOf<{
      layout: 'bell' | 'page';
      components: Partial<InboxParts>;
      labels: Partial<Labels>;
      locale: string;
      theme: 'auto' | 'light' | 'dark';
      onSelect(item: FeedItem, event: MouseEvent<HTMLElement>): unknown;
      onError(error: HubError): void;
      open: boolean;
      defaultOpen: boolean;
      onOpenChange(open: boolean): void;
      className: string;
    }>();
    // @ts-expect-error no such layout
    createElement(Inbox, { layout: 'sidebar' });
    // @ts-expect-error no such text
    createElement(Inbox, { labels: { heading: 'News' } });
    // @ts-expect-error texts with parameters are functions
    createElement(Inbox, { labels: { count: 'many' } });
    createElement(Inbox, {
      layout: 'page',
      labels: { title: 'News', count: (count) => `${count}` },
      onSelect: (item) => item.action.verb !== 'deleted',
    });
  });

  test('has parts that can be replaced by components with the same properties', () => {
    expectTypeOf<InboxParts>().toEqualTypeOf<{
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
    }>();
    createElement(Inbox, { components: { Item: Text } });
    // @ts-expect-error no such part
    createElement(Inbox, { components: { Footer: Text } });
    // @ts-expect-error the sentence gets no item
    createElement(Inbox, { components: { Sentence: Text } });
  });

  test('passes texts and language to every part', () => {
    expectTypeOf<PartProps>().toEqualTypeOf<{ labels: Labels; locale: string | undefined }>();
    expectTypeOf<
      | BellProps
      | EmptyProps
      | ErrorProps
      | HeaderProps
      | ItemProps
      | LoadingProps
      | LoadMoreProps
      | OfflineProps
      | SentenceProps
      | TabsProps
    >().toExtend<PartProps>();
  });

  test('passes data and callbacks to each part', () => {
    expectTypeOf<BellProps['buttonProps']>().toEqualTypeOf<ButtonHTMLAttributes<HTMLButtonElement>>();
    expectTypeOf<BellProps['badge']>().toEqualTypeOf<string | null>();
    expectTypeOf<BellProps['open']>().toBeBoolean();
    expectTypeOf<HeaderProps['counts']>().toEqualTypeOf<Counts>();
    expectTypeOf<HeaderProps['markAllRead']>().toEqualTypeOf<() => void>();
    expectTypeOf<HeaderProps['close']>().toEqualTypeOf<(() => void) | null>();
    expectTypeOf<InboxTab>().toEqualTypeOf<'all' | 'unread'>();
    expectTypeOf<TabsProps['selected']>().toEqualTypeOf<InboxTab>();
    expectTypeOf<TabsProps['select']>().toEqualTypeOf<(tab: InboxTab) => void>();
    expectTypeOf<ItemProps['item']>().toEqualTypeOf<FeedItem>();
    expectTypeOf<ItemProps['href']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ItemProps['markRead']>().toEqualTypeOf<() => void>();
    expectTypeOf<ItemProps['markUnread']>().toEqualTypeOf<() => void>();
    expectTypeOf<SentenceProps['action']>().toEqualTypeOf<Action>();
    expectTypeOf<AvatarProps>().toEqualTypeOf<{ actor: Ref | null }>();
    expectTypeOf<EmptyProps['tab']>().toEqualTypeOf<InboxTab>();
    expectTypeOf<ErrorProps['error']>().toEqualTypeOf<HubError>();
    expectTypeOf<ErrorProps['retry']>().toEqualTypeOf<(() => void) | null>();
    expectTypeOf<OfflineProps['connection']>().toEqualTypeOf<'offline' | 'expired'>();
    expectTypeOf<LoadingProps['connection']>().toEqualTypeOf<ConnectionState>();
    expectTypeOf<LoadMoreProps['isLoading']>().toBeBoolean();
    expectTypeOf<LoadMoreProps['error']>().toEqualTypeOf<HubError | null>();
    expectTypeOf<LoadMoreProps['loadMore']>().toEqualTypeOf<() => void>();
  });
});
