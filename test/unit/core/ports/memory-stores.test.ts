/** The in-memory stores pass the same tests as the real ones. */

import { MemoryClock } from '../../../support/memory/clock.ts';
import { MemoryFeeds } from '../../../support/memory/feeds.ts';
import { MemoryInvalidations } from '../../../support/memory/invalidations.ts';
import { TestTime } from '../../../support/memory/time.ts';
import { describeFeedStore } from '../../../support/ports/feed-store.ts';
import { describeInvalidations } from '../../../support/ports/invalidations.ts';

describeFeedStore('a store of feeds in memory', async () => new MemoryFeeds());

describeInvalidations('invalidations in memory', async () => {
  const time = new TestTime();
  const clock = new MemoryClock(time.now);
  return { clock, invalidations: new MemoryInvalidations(clock) };
});
