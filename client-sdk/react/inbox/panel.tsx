import { type MouseEvent, type ReactNode, useCallback, useId, useMemo, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import { linkOf } from '../../ui/link.ts';
import { tokenProblem } from '../../ui/token-problem.ts';
import { useConnection, useConnectionProblem } from '../connection.ts';
import { useHasNoHub, useHub } from '../context.ts';
import { useFeed } from '../feed.ts';
import { KeepFocus } from './focus.tsx';
import { useLatest } from './latest.ts';
import { type ItemActions, List } from './list.tsx';
import { LoadOnScroll } from './load-on-scroll.tsx';
import { useMarkSeen } from './mark-seen.ts';
import { useOlderItems } from './older-items.ts';
import type { InboxTab } from './parts.ts';
import type { Problems } from './problem.ts';
import type { Settings } from './settings.ts';

export interface PanelProps {
  settings: Settings;
  titleId: string;
  close: (() => void) | null;
  onSelect: ((item: FeedItem, event: MouseEvent<HTMLElement>) => unknown) | undefined;
  problems: Problems;
}

/** The inbox without the bell. */
export function Panel({ settings, titleId, close, onSelect, problems }: PanelProps): ReactNode {
  const { parts, ...partProps } = settings;
  const feed = useFeed();
  const { items, counts, status, refresh, markAllRead } = feed;
  const connection = useConnection();
  const hub = useHub();
  const tokenFailure = tokenProblem(useConnectionProblem());
  const hasNoHub = useHasNoHub();
  const { problem, failure, attempt } = problems;
  const [tab, setTab] = useState<InboxTab>('all');
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const panelId = `${id}-items`;
  const tabId = (name: InboxTab): string => `${id}-${name}`;
  const isDisconnected = connection === 'offline' || connection === 'expired' || tokenFailure !== null;
  const connect =
    tokenFailure === null || tokenFailure.retryAt === null ? null : () => hub?.connection.retry();

  const itemActions = useItemCalls(feed, onSelect, close, attempt);
  useMarkSeen(scroller, feed, connection);

  const select = useCallback((next: InboxTab) => {
    setTab(next);
    if (scroller.current) scroller.current.scrollTop = 0;
  }, []);
  const visibleItems = useMemo(
    () => (tab === 'all' ? items : items.filter(({ unread }) => unread)),
    [items, tab],
  );
  const olderItems = useOlderItems(feed, tab, visibleItems.length, failure);
  // An error is in the snapshot.
  const reload = useCallback(() => void refresh().catch(ignore), [refresh]);

  // Offline, the offline part explains why loading failed. A failure to load older items is shown at the end of the
  // list.
  const isLoadFailure = connection === 'online' && failure !== null && !olderItems.hasFailed;
  const displayedProblem = problem ?? (isLoadFailure ? { error: failure, retry: reload } : null);
  const mayHaveMore = olderItems.hasMore && status !== 'error';
  const isPending = status === 'idle' || status === 'loading' || mayHaveMore;
  const isLoading = visibleItems.length === 0 && isPending && !hasNoHub && tokenFailure === null;
  const hasLoaded = status !== 'error' || olderItems.hasFailed;
  const isEmpty =
    visibleItems.length === 0 && !isLoading && tokenFailure === null && !olderItems.hasMore && hasLoaded;
  return (
    <>
      <parts.Header
        {...partProps}
        counts={counts}
        titleId={titleId}
        markAllRead={() => attempt(markAllRead)}
        close={close}
      />
      <parts.Tabs
        {...partProps}
        counts={counts}
        selected={tab}
        select={select}
        panelId={panelId}
        tabId={tabId}
      />
      <div
        ref={scroller}
        id={panelId}
        className="hubbub-inbox__items"
        role="tabpanel"
        aria-labelledby={tabId(tab)}
        tabIndex={-1}
      >
        {isDisconnected && (
          <KeepFocus fallback={scroller}>
            <parts.Offline
              {...partProps}
              connection={connection === 'offline' ? 'offline' : 'expired'}
              problem={tokenFailure}
              retry={connect}
            />
          </KeepFocus>
        )}
        {displayedProblem && (
          <KeepFocus fallback={scroller}>
            <parts.Error {...partProps} error={displayedProblem.error} retry={displayedProblem.retry} />
          </KeepFocus>
        )}
        {isLoading && <parts.Loading {...partProps} connection={connection} />}
        {isEmpty && <parts.Empty {...partProps} tab={tab} />}
        {visibleItems.length > 0 && (
          <List
            // Each tab has its own scroll position and focus.
            key={tab}
            {...settings}
            items={visibleItems}
            itemActions={itemActions}
            isBusy={status === 'loading'}
            fallback={scroller}
          />
        )}
        {olderItems.hasMore && (
          <KeepFocus fallback={scroller}>
            <LoadOnScroll
              isReady={status === 'ready' && !isDisconnected}
              loadedItems={visibleItems}
              load={olderItems.load}
            >
              <parts.LoadMore
                {...partProps}
                isLoading={status === 'loadingMore'}
                error={olderItems.error}
                loadMore={olderItems.load}
              />
            </LoadOnScroll>
          </KeepFocus>
        )}
      </div>
    </>
  );
}

function useItemCalls(
  { markRead, markUnread }: ReturnType<typeof useFeed>,
  onSelect: PanelProps['onSelect'],
  close: PanelProps['close'],
  attempt: (operation: () => Promise<unknown>) => void,
): ItemActions {
  const onSelectRef = useLatest(onSelect);
  const closeRef = useLatest(close);
  return useMemo(
    () => ({
      select(item, event) {
        if (onSelectRef.current?.(item, event) === false) event.preventDefault();
        if (event.defaultPrevented) return;
        if (item.unread) attempt(() => markRead([item.id]));
        if (linkOf(item.action) !== undefined && !opensElsewhere(event)) closeRef.current?.();
      },
      markRead: ({ id }) => attempt(() => markRead([id])),
      markUnread: ({ id }) => attempt(() => markUnread([id])),
    }),
    [markRead, markUnread, onSelectRef, closeRef, attempt],
  );
}

/** Whether the click opens a link elsewhere: in a new tab or window, or as a download. */
const opensElsewhere = ({ ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean =>
  ctrlKey || metaKey || shiftKey || altKey;

const ignore = (): void => undefined;
