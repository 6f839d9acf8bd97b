/**
 * A mark whose item the hub moved to a later position meanwhile, and which a reload dropped from the loaded pages. Redis that
 * lost its data causes both at once.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Feed } from '../../../client-sdk/client/src/feed/store.ts';
import { item } from './factory.ts';
import { FakeHub } from './fake-hub.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));
const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A loaded feed of 20 items, which is one page. `old` is the last one. */
async function openFeed() {
  const hub = new FakeHub();
  hub.put('old', 0, false);
  for (let at = 1; at < 20; at += 1) hub.put(`i${at}`, at, false);
  const feed = new Feed(hub.transport, { schedule: (notify) => notify() });
  closers.push(
    feed.subscribe(() => undefined),
    () => feed.close(),
  );
  const waitForIdle = async () => {
    await settle();
    while (hub.transport.calls.length > 0) {
      hub.transport.calls[0]?.respond();
      await settle();
    }
  };
  hub.transport.connect();
  await waitForIdle();
  /** The hub forgets its history and pushes nothing. More items than a page are newer than `old`, whose position it advances. */
  const loseData = (oldItem = item('old', 0)): void => {
    hub.feed.put(oldItem);
    for (let at = 20; at < 45; at += 1) hub.feed.put(item(`i${at}`, at));
    hub.feed.historyFrom = Number.POSITIVE_INFINITY;
  };
  const stored = (id: string) => hub.feed.items().find((each) => each.id === id);
  return { hub, feed, waitForIdle, loseData, stored };
}

describe('a mark that the hub skipped, of an item below the reloaded page,', () => {
  it('is applied before it resolves', async () => {
    const { hub, feed, waitForIdle, loseData, stored } = await openFeed();
    const marked = feed.markRead(['old', 'i19']);
    loseData();
    await waitForIdle();
    expect((await marked).changed).toBe(2);
    expect(stored('old')?.unread).toBe(false);
    expect(stored('i19')?.unread).toBe(false);
    expect(feed.getSnapshot().counts).toEqual(hub.feed.counts());
  });

  it('is applied if all items were marked', async () => {
    const { feed, waitForIdle, loseData, stored } = await openFeed();
    const marked = feed.markAllRead();
    loseData();
    await waitForIdle();
    await marked;
    expect(stored('old')?.unread).toBe(false);
    expect(stored('i30')?.unread).toBe(true);
  });

  it('is applied if the reload came before it was sent', async () => {
    const { hub, feed, waitForIdle, loseData, stored } = await openFeed();
    const reloaded = feed.refresh();
    const marked = feed.markAllRead();
    loseData();
    await waitForIdle();
    await Promise.all([reloaded, marked]);
    expect(stored('old')?.unread).toBe(false);
    expect(stored('i30')?.unread).toBe(true);
    expect(feed.getSnapshot().counts).toEqual(hub.feed.counts());
  });

  it('ends if the item left the feed', async () => {
    const { hub, feed, waitForIdle, loseData } = await openFeed();
    const marked = feed.markRead(['old']);
    loseData();
    hub.feed.remove(['old']);
    await waitForIdle();
    expect((await marked).changed).toBe(0);
  });

  describe('and that a reload dropped before the mark was made,', () => {
    /** A write in flight holds the positions of responses below the item's. */
    async function dropped() {
      const opened = await openFeed();
      opened.loseData();
      opened.hub.feed.lag = 26;
      const reloaded = opened.feed.refresh();
      await opened.waitForIdle();
      await reloaded;
      expect(opened.feed.getSnapshot().items.some(({ id }) => id === 'old')).toBe(false);
      return opened;
    }

    it('is applied', async () => {
      const { feed, waitForIdle, stored } = await dropped();
      const marked = feed.markRead(['old']);
      await waitForIdle();
      expect((await marked).changed).toBe(1);
      expect(stored('old')?.unread).toBe(false);
    });

    it('is applied if the item comes back meanwhile', async () => {
      const { hub, feed, waitForIdle, stored } = await dropped();
      const marked = feed.markRead(['old']);
      await settle();
      hub.transport.calls[0]?.respond();
      hub.feed.remove(Array.from({ length: 25 }, (_, n) => `i${n + 20}`));
      await waitForIdle();
      expect((await marked).changed).toBe(1);
      expect(stored('old')?.unread).toBe(false);
      expect(feed.getSnapshot().items.find(({ id }) => id === 'old')?.unread).toBe(false);
    });
  });
});
