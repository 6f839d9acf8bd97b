import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import type { FeedSnapshot } from '../../src/feed/state.ts';
import { Announcer } from '../../ui/announcer.ts';
import { arrivalsOf } from '../../ui/arrivals.ts';
import type { Labels } from '../../ui/labels.ts';
import { isVoiceOf, joinVoices } from '../../ui/voices.ts';
import { useHub } from '../context.ts';
import { useFeed } from '../feed.ts';
import { LiveRegion } from './hidden.tsx';

/**
 * Tells screen readers what arrives unread, whether or not the list is open; unless another inbox of the page does that.
 */
export function Announcements({ labels }: { labels: Labels }): ReactNode {
  const hub = useHub();
  const { items, status } = useFeed();
  const [arrived, setArrived] = useState<{ count: number; newest: FeedItem } | null>(null);
  const region = useRef<HTMLDivElement>(null);
  const voice = useCallback(() => region.current, []);
  const announcer = useRef<Announcer | null>(null);
  const before = useRef<Pick<FeedSnapshot, 'items' | 'status'> | null>(null);

  useEffect(() => {
    if (hub === null) return;
    const own = new Announcer(setArrived);
    const leave = joinVoices(hub, voice);
    announcer.current = own;
    return () => {
      leave();
      own.stop();
      setArrived(null);
      // Another hub's items did not arrive.
      before.current = null;
    };
  }, [hub, voice]);

  useEffect(() => {
    const known = before.current;
    const now = { items, status };
    before.current = now;
    if (known === null || hub === null || !isVoiceOf(hub, voice)) return;
    announcer.current?.arrived(arrivalsOf(known, now).filter(({ unread }) => unread));
  }, [hub, voice, items, status]);

  return (
    <LiveRegion
      region={region}
      text={arrived ? labels.arrived(arrived.count, arrived.newest.action.text) : ''}
    />
  );
}
