import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../../src/connection.ts';
import type { FeedView } from '../feed.ts';

/**
 * What is shown to somebody is seen: says so to the hub, once for each state of the feed and connection, and not while the
 * page is in the background. Nobody asked for it, so nobody is told where it fails.
 */
export function useSeen({ items, counts, status, markSeen }: FeedView, connection: ConnectionState): void {
  const isVisible = useSyncExternalStore(subscribe, visible, hidden);
  const told = useRef('');
  const top = items[0];
  const state = top && counts.unseen > 0 ? `${counts.unseen} ${top.id} ${top.at}` : '';
  const isOnline = connection === 'online';
  useEffect(() => {
    if (!isOnline) told.current = '';
    if (!isOnline || !isVisible || status === 'loading' || state === '' || state === told.current) return;
    told.current = state;
    markSeen().catch(() => undefined);
  }, [isOnline, isVisible, status, state, markSeen]);
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

const visible = (): boolean => document.visibilityState === 'visible';
const hidden = (): boolean => false;
