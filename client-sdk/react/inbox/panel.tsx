import { type MouseEvent, type ReactNode, useCallback, useId, useMemo, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import { linkOf } from '../../ui/link.ts';
import { tokenProblem } from '../../ui/token-problem.ts';
import { useConnection, useConnectionProblem } from '../connection.ts';
import { useHub, useIsNobody } from '../context.ts';
import { useFeed } from '../feed.ts';
import { KeepFocus } from './focus.tsx';
import { useLatest } from './latest.ts';
import { type ItemCalls, List } from './list.tsx';
import { LoadOnScroll } from './load-on-scroll.tsx';
import { useOlder } from './older.ts';
import type { InboxTab } from './parts.ts';
import type { Problems } from './problem.ts';
import { useSeen } from './seen.ts';
import type { Settings } from './settings.ts';

export interface PanelProps {
  settings: Settings;
  titleId: string;
  close: (() => void) | null;
  onSelect: ((item: FeedItem, event: MouseEvent<HTMLElement>) => unknown) | undefined;
  problems: Problems;
}

/** All of an inbox but the bell. */
export function Panel({ settings, titleId, close, onSelect, problems }: PanelProps): ReactNode {
  const { parts, ...texts } = settings;
  const feed = useFeed();
  const { items, counts, status, refresh, markAllRead } = feed;
  const connection = useConnection();
  const hub = useHub();
  const tokenFailure = tokenProblem(useConnectionProblem());
  const isNobody = useIsNobody();
  const { problem, failure, attempt } = problems;
  const [tab, setTab] = useState<InboxTab>('all');
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const panelId = `${id}-items`;
  const tabId = (name: InboxTab): string => `${id}-${name}`;
  const isOff = connection === 'offline' || connection === 'expired' || tokenFailure !== null;
  const connect =
    tokenFailure === null || tokenFailure.retryAt === null ? null : () => hub?.connection.retry();

  const calls = useItemCalls(feed, onSelect, close, attempt);
  useSeen(scroller, feed, connection);

  const select = useCallback((next: InboxTab) => {
    setTab(next);
    if (scroller.current) scroller.current.scrollTop = 0;
  }, []);
  const shown = useMemo(() => (tab === 'all' ? items : items.filter(({ unread }) => unread)), [items, tab]);
  const older = useOlder(feed, tab, shown.length, failure);
  // The snapshot shows where it fails.
  const reload = useCallback(() => void refresh().catch(ignore), [refresh]);

  // While the connection is down that says why nothing can be loaded. What failed at the list's end is said there.
  const isFailure = connection === 'online' && failure !== null && !older.hasFailed;
  const shownProblem = problem ?? (isFailure ? { error: failure, retry: reload } : null);
  const isLooking = older.hasMore && status !== 'error';
  const isComing = status === 'idle' || status === 'loading' || isLooking;
  const isWaiting = shown.length === 0 && isComing && !isNobody && tokenFailure === null;
  const isKnown = status !== 'error' || older.hasFailed;
  const isEmpty = shown.length === 0 && !isWaiting && tokenFailure === null && !older.hasMore && isKnown;
  return (
    <>
      <parts.Header
        {...texts}
        counts={counts}
        titleId={titleId}
        markAllRead={() => attempt(markAllRead)}
        close={close}
      />
      <parts.Tabs {...texts} counts={counts} selected={tab} select={select} panelId={panelId} tabId={tabId} />
      <div
        ref={scroller}
        id={panelId}
        className="hubbub-inbox__items"
        role="tabpanel"
        aria-labelledby={tabId(tab)}
        tabIndex={-1}
      >
        {isOff && (
          <KeepFocus fallback={scroller}>
            <parts.Offline
              {...texts}
              connection={connection === 'offline' ? 'offline' : 'expired'}
              problem={tokenFailure}
              retry={connect}
            />
          </KeepFocus>
        )}
        {shownProblem && (
          <KeepFocus fallback={scroller}>
            <parts.Error {...texts} error={shownProblem.error} retry={shownProblem.retry} />
          </KeepFocus>
        )}
        {isWaiting && <parts.Loading {...texts} connection={connection} />}
        {isEmpty && <parts.Empty {...texts} tab={tab} />}
        {shown.length > 0 && (
          <List
            // Each tab has its own place to be in.
            key={tab}
            {...settings}
            items={shown}
            calls={calls}
            isBusy={status === 'loading'}
            fallback={scroller}
          />
        )}
        {older.hasMore && (
          <KeepFocus fallback={scroller}>
            <LoadOnScroll isReady={status === 'ready' && !isOff} loaded={shown} load={older.load}>
              <parts.LoadMore
                {...texts}
                isLoading={status === 'loadingMore'}
                error={older.error}
                loadMore={older.load}
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
  attempt: (doing: () => Promise<unknown>) => void,
): ItemCalls {
  const selected = useLatest(onSelect);
  const leave = useLatest(close);
  return useMemo(
    () => ({
      select(item, event) {
        if (selected.current?.(item, event) === false) event.preventDefault();
        if (event.defaultPrevented) return;
        if (item.unread) attempt(() => markRead([item.id]));
        if (linkOf(item.action) !== undefined && !isElsewhere(event)) leave.current?.();
      },
      markRead: ({ id }) => attempt(() => markRead([id])),
      markUnread: ({ id }) => attempt(() => markUnread([id])),
    }),
    [markRead, markUnread, selected, leave, attempt],
  );
}

/** Whether the browser does with a link something else than to follow it here: a new tab, a window, a download. */
const isElsewhere = ({ ctrlKey, metaKey, shiftKey, altKey }: MouseEvent): boolean =>
  ctrlKey || metaKey || shiftKey || altKey;

const ignore = (): void => undefined;
