/** However many workers there are and whatever becomes of them: the result is that of one who does one thing after another. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DRAIN } from '../../../core/ingest.ts';
import { SPACE } from '../../support/memory/hub.ts';
import type { BeforeCall } from '../../support/memory/intercept.ts';
import { batches, GroupedHub, rules } from '../../support/model/grouped-hub.ts';

class Died extends Error {}

/** Lets every call to a port fail from the n-th on. */
function dyingAt(call: number): BeforeCall {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls >= call) throw new Died();
  };
}

const may = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
};

const death = fc.record({
  call: fc.integer({ min: 1, max: 25 }),
  most: fc.constantFrom(1, 3, DRAIN),
});

const countOf = ({ actions }: { actions: object[] }): number =>
  actions.reduce((sum, action) => sum + ('count' in action ? Number(action.count) : 0), 0);

describe('one worker', () => {
  it('combines and groups as the contract says, however much it takes at a time', async () => {
    await fc.assert(
      fc.asyncProperty(rules, batches, fc.constantFrom(1, 3, DRAIN), async (given, all, most) => {
        const grouped = new GroupedHub(given);
        for (const each of all) {
          grouped.hub.time.advance(500);
          await grouped.log(each);
        }
        await grouped.hub.work(undefined, most);
        expect(await grouped.held()).toEqual(grouped.wanted());
      }),
      { numRuns: 200 },
    );
  });

  it('may die at any moment and be followed by another one, again and again', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        fc.array(death, { minLength: 1, maxLength: 6 }),
        async (given, all, deaths) => {
          const grouped = new GroupedHub(given);
          for (const [index, each] of all.entries()) {
            await grouped.log(each);
            const dying = deaths[index];
            if (dying) await may(grouped.hub.work(grouped.hub.process(dyingAt(dying.call)), dying.most));
          }
          for (const { call, most } of deaths.slice(all.length)) {
            await may(grouped.hub.work(grouped.hub.process(dyingAt(call)), most));
          }
          await grouped.hub.work();
          expect(await grouped.held()).toEqual(grouped.wanted());
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('several workers on one lane', () => {
  it('do together what one would have done, also where some of them die', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        fc.array(fc.option(death, { nil: undefined }), { minLength: 2, maxLength: 3 }),
        fc.scheduler(),
        async (given, all, workers, scheduler) => {
          const step = () => scheduler.schedule(Promise.resolve());
          const grouped = new GroupedHub(given, { pause: step });
          const { hub } = grouped;
          for (const each of all) await grouped.log(each);
          const run = (dying: (typeof workers)[number], index: number) => {
            const die = dying ? dyingAt(dying.call) : async () => undefined;
            const deps = hub.process(async (method) => {
              await step();
              await die(method);
            });
            return may(hub.work(deps, dying?.most ?? [DRAIN, 1, 3][index]));
          };
          await scheduler.waitFor(Promise.all(workers.map(run)));
          await scheduler.waitFor(hub.work());
          expect(await grouped.held()).toEqual(grouped.wanted());
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are not disturbed by one that stands still anywhere and goes on when all is done', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        batches,
        fc.integer({ min: 1, max: 25 }),
        async (given, before, after, stop) => {
          const grouped = new GroupedHub(given);
          const { hub } = grouped;
          for (const each of before) await grouped.log(each);
          let go: () => void = () => undefined;
          const done = new Promise<void>((resolve) => {
            go = resolve;
          });
          let stopped: () => void = () => undefined;
          const standing = new Promise<void>((resolve) => {
            stopped = resolve;
          });
          let calls = 0;
          const stalled = hub.work(
            hub.process(async () => {
              calls += 1;
              if (calls !== stop) return;
              stopped();
              await done;
            }),
          );
          await Promise.race([standing, stalled]);
          for (const each of after) {
            await grouped.log(each);
            await hub.work(undefined, 3);
          }
          go();
          await stalled;
          await hub.work();
          expect(await grouped.held()).toEqual(grouped.wanted());
        },
      ),
      { numRuns: 150 },
    );
  });

  it('decide everything once, and count it once, whatever handlers answer each time they are asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        fc.array(fc.option(death, { nil: undefined }), { minLength: 2, maxLength: 3 }),
        fc.infiniteStream(fc.boolean()),
        fc.scheduler(),
        async (given, all, workers, answers, scheduler) => {
          const step = () => scheduler.schedule(Promise.resolve());
          const fickle = () => () => answers.next().value === true;
          const grouped = new GroupedHub(given, { pause: step }, fickle);
          const { hub } = grouped;
          for (const each of all) await grouped.log(each);
          const run = (dying: (typeof workers)[number], index: number) => {
            const die = dying ? dyingAt(dying.call) : async () => undefined;
            const deps = hub.process(async (method) => {
              await step();
              await die(method);
            });
            return may(hub.work(deps, dying?.most ?? [DRAIN, 1, 3][index]));
          };
          await scheduler.waitFor(Promise.all(workers.map(run)));
          await scheduler.waitFor(hub.work());
          const held = await grouped.held();
          expect(Object.values(held.into)).not.toContain(null);
          expect(countOf(held)).toBe(grouped.ids.length);
          expect(hub.queue.allPending(SPACE)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
