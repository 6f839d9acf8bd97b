import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import type { FeedSnapshot } from '../../src/feed/state.ts';
import { Announcer } from '../../ui/announcer.ts';
import type { Labels } from '../../ui/labels.ts';
import { isLiveRegionOwner, registerLiveRegion } from '../../ui/live-region-owner.ts';
import { findNewItems } from '../../ui/new-items.ts';
import { useHub } from '../context.ts';
import { useFeed } from '../feed.ts';
import { LiveRegion } from './visually-hidden.tsx';

/**
 * Announces new unread items to screen readers, whether or not the list is open, unless another inbox on the page does.
 */
export function Announcements({ labels }: { labels: Labels }): ReactNode {
  const hub = useHub();
  const { items, status } = useFeed();
  const [announcement, setAnnouncement] = useState<{ count: number; newest: FeedItem } | null>(null);
  const region = useRef<HTMLDivElement>(null);
  const getRegion = useCallback(() => region.current, []);
  const announcer = useRef<Announcer | null>(null);
  const previousRef = useRef<Pick<FeedSnapshot, 'items' | 'status'> | null>(null);

  useEffect(() => {
    if (hub === null) return;
    const instance = new Announcer(setAnnouncement);
    const unregister = registerLiveRegion(hub, getRegion);
    announcer.current = instance;
    return () => {
      unregister();
      instance.stop();
      setAnnouncement(null);
      // The items of another hub are not new arrivals.
      previousRef.current = null;
    };
  }, [hub, getRegion]);

  useEffect(() => {
    const previous = previousRef.current;
    const current = { items, status };
    previousRef.current = current;
    if (previous === null || hub === null || !isLiveRegionOwner(hub, getRegion)) return;
    announcer.current?.add(findNewItems(previous, current).filter(({ unread }) => unread));
  }, [hub, getRegion, items, status]);

  return (
    <LiveRegion
      region={region}
      text={announcement ? labels.arrived(announcement.count, announcement.newest.action.text) : ''}
    />
  );
}
