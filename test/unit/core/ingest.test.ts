/** Whatever becomes of workers, what they were to do is done in the end, once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BeforeCall } from '../../support/memory/intercept.ts';
import type { DrivenHub } from '../../support/model/driven-hub.ts';
import { leftOver, markAll, nothing, queued, queuedHub } from '../../support/model/queued-hub.ts';
import * as world from '../../support/model/world.ts';

class Died extends Error {}

/** Lets every call to a port fail from the n-th on. */
function dyingAt(call: number): BeforeCall {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls >= call) throw new Died();
  };
}

/** A worker that dies at its n-th call to a port, unless it is done before. */
async function mayDie(driven: DrivenHub, call: number, most?: number): Promise<void> {
  try {
    await driven.hub.work(driven.hub.process(dyingAt(call)), most);
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
}

const bounds = fc.option(world.bounds, { nil: undefined });
const deaths = fc.array(
  fc.record({
    call: fc.integer({ min: 1, max: 40 }),
    most: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('a worker', () => {
  it('may die at any moment: whoever comes after it leaves the same feeds, and tells of every item', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, deaths, async (work, cut, dying) => {
        const driven = await queuedHub({ bounds: cut }, work);
        for (const { call, most } of dying) await mayDie(driven, call, most);
        await driven.hub.work();
        expect(await driven.feeds()).toEqual(driven.modelFeeds());
        expect(leftOver(driven)).toEqual(nothing);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves marks as they are when it does again what another did before it', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, deaths, async (work, cut, dying) => {
        const driven = await queuedHub({ bounds: cut }, work);
        for (const { call, most } of dying) {
          await mayDie(driven, call, most);
          const read = await markAll(driven, 'ada', 'read');
          driven.model.get('ada')?.mark('read', (item) => read.has(item.action));
        }
        await driven.hub.work();
        expect(await driven.feeds()).toEqual(driven.modelFeeds());
        expect(leftOver(driven)).toEqual(nothing);
      }),
      { numRuns: 300 },
    );
  });

  it('changes nothing by doing everything twice', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, async (work, cut) => {
        const driven = await queuedHub({ bounds: cut }, work);
        const forgetful = driven.hub.process(async (method) => {
          if (method === 'acknowledge' || method === 'drop') throw new Died();
        });
        await driven.hub.work(forgetful).catch(() => undefined);
        const before = driven.hub.stores.feeds.all();
        await driven.hub.work();
        const after = new Map(driven.hub.stores.feeds.all().map((item) => [item.id, item]));
        for (const item of before) expect(after.get(item.id)).toEqual(item);
        expect(await driven.feeds()).toEqual(driven.modelFeeds());
      }),
      { numRuns: 200 },
    );
  });
});

describe('two workers that both hold a lane', () => {
  it('leave the feeds that one would have left', async () => {
    await fc.assert(
      fc.asyncProperty(queued, bounds, fc.scheduler(), async (work, cut, scheduler) => {
        const step = () => scheduler.schedule(Promise.resolve());
        const driven = await queuedHub({ bounds: cut, pause: step }, work);
        const { hub } = driven;
        await scheduler.waitFor(Promise.all([hub.work(hub.process(step)), hub.work(hub.process(step), 1)]));
        await scheduler.waitFor(hub.work());
        expect(await driven.feeds()).toEqual(driven.modelFeeds());
        expect(leftOver(driven)).toEqual(nothing);
      }),
      { numRuns: 200 },
    );
  });

  it('do so as well where one of them dies', async () => {
    await fc.assert(
      fc.asyncProperty(
        queued,
        bounds,
        fc.integer({ min: 1, max: 40 }),
        fc.scheduler(),
        async (work, cut, call, scheduler) => {
          const step = () => scheduler.schedule(Promise.resolve());
          const driven = await queuedHub({ bounds: cut, pause: step }, work);
          const { hub } = driven;
          const die = dyingAt(call);
          const dying = hub.process(async (method) => {
            await step();
            await die(method);
          });
          await scheduler.waitFor(
            Promise.all([hub.work(hub.process(step)), hub.work(dying).catch(() => undefined)]),
          );
          await scheduler.waitFor(hub.work());
          expect(await driven.feeds()).toEqual(driven.modelFeeds());
          expect(leftOver(driven)).toEqual(nothing);
        },
      ),
      { numRuns: 200 },
    );
  });
});
