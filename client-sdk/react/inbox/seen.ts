import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../../src/connection.ts';
import type { FeedView } from '../feed.ts';
import { useInView } from './in-view.ts';

/**
 * What is shown to somebody is seen: says so to the hub while any of `place`, where the list is, is in view of a page that is
 * visible itself. Once for each state of the feed, unless somebody looks anew or the connection is. Nobody asked for it, so
 * nobody is told where it fails.
 */
export function useSeen(
  place: RefObject<Element | null>,
  { items, counts, status, markSeen }: FeedView,
  connection: ConnectionState,
): void {
  const isVisible = useSyncExternalStore(subscribe, visible, hidden);
  const isInView = useInView(place);
  const told = useRef('');
  const top = items[0];
  const state = top && counts.unseen > 0 ? `${counts.unseen} ${top.id} ${top.at}` : '';
  const isSeen = isVisible && isInView && connection === 'online';
  useEffect(() => {
    if (!isSeen) told.current = '';
    if (!isSeen || status === 'loading' || state === '' || state === told.current) return;
    told.current = state;
    markSeen().catch(() => undefined);
  }, [isSeen, status, state, markSeen]);
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

const visible = (): boolean => document.visibilityState === 'visible';
const hidden = (): boolean => false;
