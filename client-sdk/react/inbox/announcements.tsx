import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import type { FeedSnapshot } from '../../src/feed/state.ts';
import { Announcer } from '../../ui/announcer.ts';
import { arrivalsOf } from '../../ui/arrivals.ts';
import type { Labels } from '../../ui/labels.ts';
import { useHub } from '../context.ts';
import { useFeed } from '../feed.ts';
import { LiveRegion } from './hidden.tsx';

/** Tells screen readers what arrives unread, whether or not the list is open. */
export function Announcements({ labels }: { labels: Labels }): ReactNode {
  const hub = useHub();
  const { items, status } = useFeed();
  const [arrived, setArrived] = useState<{ count: number; newest: FeedItem } | null>(null);
  const announcer = useRef<Announcer | null>(null);
  const before = useRef<Pick<FeedSnapshot, 'items' | 'status'> | null>(null);

  useEffect(() => {
    const own = new Announcer(setArrived);
    announcer.current = own;
    return () => own.stop();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another hub's items did not arrive
  useEffect(() => {
    before.current = null;
  }, [hub]);

  useEffect(() => {
    const known = before.current;
    const now = { items, status };
    before.current = now;
    if (known) announcer.current?.arrived(arrivalsOf(known, now).filter(({ unread }) => unread));
  }, [items, status]);

  return <LiveRegion text={arrived ? labels.arrived(arrived.count, arrived.newest.action.text) : ''} />;
}
