/** Every batch is processed exactly once in the end, whichever workers crash. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BeforeCall } from '../../../support/memory/intercept.ts';
import type { DrivenHub } from '../../../support/model/driven-hub.ts';
import {
  markAll,
  noUnfinishedWork,
  queued,
  queuedHub,
  unfinishedWork,
} from '../../../support/model/queued-hub.ts';
import * as world from '../../../support/model/world.ts';

class SimulatedCrash extends Error {}

/** Makes every call to a port fail from the nth on. */
function crashAt(call: number): BeforeCall {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls >= call) throw new SimulatedCrash();
  };
}

/** A worker that crashes at its nth call to a port, unless it finishes before. */
async function runUntilCrash(
  drivenHub: DrivenHub,
  { call, batchSize, partitions }: { call: number; batchSize?: number; partitions: 'one' | 'all' },
): Promise<void> {
  try {
    await drivenHub.hub.work(drivenHub.hub.process(crashAt(call)), batchSize, partitions);
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
}

const bounds = fc.option(world.bounds, { nil: undefined });
const partitions = fc.constantFrom('one' as const, 'all' as const);
const crashes = fc.array(
  fc.record({
    call: fc.integer({ min: 1, max: 40 }),
    batchSize: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    partitions,
  }),
  { minLength: 1, maxLength: 4 },
);

describe('a worker', () => {
  it('may crash at any call: the next one leaves the same feeds and publishes every item', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, crashes, async (queuedWork, chunkBounds, crashList) => {
        const drivenHub = await queuedHub({ bounds: chunkBounds }, queuedWork);
        for (const crash of crashList) await runUntilCrash(drivenHub, crash);
        await drivenHub.hub.work(undefined, undefined, 'all');
        expect(await drivenHub.feeds()).toEqual(drivenHub.modelFeeds());
        expect(unfinishedWork(drivenHub)).toEqual(noUnfinishedWork);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps marks when it repeats the work of a crashed worker', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, crashes, async (queuedWork, chunkBounds, crashList) => {
        const drivenHub = await queuedHub({ bounds: chunkBounds }, queuedWork);
        for (const crash of crashList) {
          await runUntilCrash(drivenHub, crash);
          const read = await markAll(drivenHub, 'ada', 'read');
          drivenHub.model.get('ada')?.mark('read', (item) => read.has(item.action));
        }
        await drivenHub.hub.work();
        expect(await drivenHub.feeds()).toEqual(drivenHub.modelFeeds());
        expect(unfinishedWork(drivenHub)).toEqual(noUnfinishedWork);
      }),
      { numRuns: 300 },
    );
  });

  it('changes nothing when it repeats everything', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, async (queuedWork, chunkBounds) => {
        const drivenHub = await queuedHub({ bounds: chunkBounds }, queuedWork);
        const withoutAcknowledging = drivenHub.hub.process(async (method, port) => {
          if (method === 'acknowledge' || (port === 'partitions' && method === 'remove'))
            throw new SimulatedCrash();
        });
        await drivenHub.hub.work(withoutAcknowledging).catch(() => undefined);
        const before = drivenHub.hub.stores.feeds.all();
        await drivenHub.hub.work();
        const after = new Map(drivenHub.hub.stores.feeds.all().map((item) => [item.id, item]));
        for (const item of before) expect(after.get(item.id)).toEqual(item);
        expect(await drivenHub.feeds()).toEqual(drivenHub.modelFeeds());
      }),
      { numRuns: 200 },
    );
  });
});

describe('two workers on the same partitions', () => {
  it('leave the feeds that one would leave', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, fc.scheduler(), async (queuedWork, chunkBounds, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const drivenHub = await queuedHub({ bounds: chunkBounds, pause: step }, queuedWork);
        const { hub } = drivenHub;
        await scheduler.waitFor(
          Promise.all([hub.work(hub.process(step), undefined, 'all'), hub.work(hub.process(step), 1)]),
        );
        await scheduler.waitFor(hub.work());
        expect(await drivenHub.feeds()).toEqual(drivenHub.modelFeeds());
        expect(unfinishedWork(drivenHub)).toEqual(noUnfinishedWork);
      }),
      { numRuns: 200 },
    );
  });

  it('leave the same feeds even if one of them crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        queued,
        bounds,
        fc.integer({ min: 1, max: 40 }),
        fc.scheduler(),
        async (queuedWork, chunkBounds, call, scheduler) => {
          const step = () => scheduler.schedule(Promise.resolve());
          const drivenHub = await queuedHub({ bounds: chunkBounds, pause: step }, queuedWork);
          const { hub } = drivenHub;
          const beforeCall = crashAt(call);
          const crashingWorker = hub.process(async (...call) => {
            await step();
            await beforeCall(...call);
          });
          await scheduler.waitFor(
            Promise.all([
              hub.work(hub.process(step)),
              hub.work(crashingWorker, undefined, 'all').catch(() => undefined),
            ]),
          );
          await scheduler.waitFor(hub.work());
          expect(await drivenHub.feeds()).toEqual(drivenHub.modelFeeds());
          expect(unfinishedWork(drivenHub)).toEqual(noUnfinishedWork);
        },
      ),
      { numRuns: 200 },
    );
  });
});
