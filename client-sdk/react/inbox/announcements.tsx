import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
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
  /** `null`: the feed was not loaded yet, so nothing in it has arrived. */
  const before = useRef<readonly FeedItem[] | null>(null);

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
    if (known === null && status !== 'ready') return;
    before.current = items;
    if (known === null || known === items) return;
    const news = known.length === 0 ? items : arrivalsOf(known, items);
    announcer.current?.arrived(news.filter(({ unread }) => unread));
  }, [items, status]);

  return <LiveRegion text={arrived ? labels.arrived(arrived.count, arrived.newest.action.text) : ''} />;
}
