import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../../src/connection.ts';
import type { FeedView } from '../feed.ts';
import { useInView } from './in-view.ts';

/**
 * Marks the feed as seen while `listRef` is in view, the page is visible and the connection is online. Once for each
 * state of the feed, and again after the list was out of view or the connection was down. The user did not request it,
 * so errors are ignored.
 */
export function useMarkSeen(
  listRef: RefObject<Element | null>,
  { items, counts, status, markSeen }: FeedView,
  connection: ConnectionState,
): void {
  const isVisible = useSyncExternalStore(subscribe, visible, hidden);
  const isInView = useInView(listRef);
  const markedState = useRef('');
  const top = items[0];
  const state = top && counts.unseen > 0 ? `${counts.unseen} ${top.id} ${top.at}` : '';
  const isViewed = isVisible && isInView && connection === 'online';
  useEffect(() => {
    if (!isViewed) markedState.current = '';
    if (!isViewed || status === 'loading' || state === '' || state === markedState.current) return;
    markedState.current = state;
    markSeen().catch(() => undefined);
  }, [isViewed, status, state, markSeen]);
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

const visible = (): boolean => document.visibilityState === 'visible';
const hidden = (): boolean => false;
