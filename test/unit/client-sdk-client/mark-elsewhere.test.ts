/** Marks of another tab or device that arrive before the response which brings their items. */
import { afterEach, describe, expect, it } from 'vitest';
import { Feed } from '../../../client-sdk/client/src/feed/store.ts';
import { FakeHub } from './fake-hub.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A connected feed with one item, and `respondAll`, which delivers all pushes and responses. */
async function openFeed() {
  const hub = new FakeHub();
  hub.put('i0', 0, false);
  const feed = new Feed(hub.transport, { schedule: (notify) => notify() });
  const unsubscribe = feed.subscribe(() => undefined);
  closers.push(unsubscribe, () => feed.close());
  const { transport } = hub;
  const respondAll = async () => {
    await settle();
    while (transport.calls.length + transport.pushes.length > 0) {
      if (transport.pushes.length > 0) transport.pushes[0]?.arrive();
      else transport.calls[0]?.respond();
      await settle();
    }
  };
  transport.connect();
  await respondAll();
  return { hub, feed, respondAll };
}

describe('a mark of another tab', () => {
  it('holds for an item that was missed, even if it arrives before the changes that bring the item', async () => {
    const { hub, feed, respondAll } = await openFeed();
    hub.transport.disconnect();
    hub.put('missed', 1, false);
    hub.transport.connect();
    await settle();
    hub.transport.calls[0]?.execute();
    hub.markElsewhere('feed:read', { ids: ['missed'] });
    await respondAll();
    expect(feed.getSnapshot().items).toEqual(hub.feed.items());
    expect(feed.getSnapshot().counts).toEqual(hub.feed.counts());
  });
});
