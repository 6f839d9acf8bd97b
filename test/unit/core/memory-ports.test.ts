/** What tests in memory rest on does what the real ports do. */
import { MemoryChurn } from '../../support/memory/churn.ts';
import { MemoryClock } from '../../support/memory/clock.ts';
import { MemoryFeeds } from '../../support/memory/feeds.ts';
import { TestTime } from '../../support/memory/time.ts';
import { isChurn } from '../../support/ports/churn.ts';
import { isFeedStore } from '../../support/ports/feed-store.ts';

isFeedStore('a store of feeds in memory', async () => new MemoryFeeds());

isChurn('churn in memory', async () => {
  const time = new TestTime();
  const clock = new MemoryClock(time.now);
  return { clock, churn: new MemoryChurn(clock) };
});
