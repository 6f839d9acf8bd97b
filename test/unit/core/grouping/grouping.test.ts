/** The result equals that of one sequential worker, for any number of workers and crashes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_SIZE } from '../../../../core/fanout/process-partitions.ts';
import { SPACE } from '../../../support/memory/hub.ts';
import type { BeforeCall } from '../../../support/memory/intercept.ts';
import { batches, GroupedHub, rules } from '../../../support/model/grouped-hub.ts';

class SimulatedCrash extends Error {}

/** Makes every call to a port fail from the nth on. */
function crashAt(call: number): BeforeCall {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls >= call) throw new SimulatedCrash();
  };
}

const ignoreCrash = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
};

const crash = fc.record({
  call: fc.integer({ min: 1, max: 25 }),
  batchSize: fc.constantFrom(1, 3, BATCH_SIZE),
});

const countOf = ({ actions }: { actions: object[] }): number =>
  actions.reduce((sum, action) => sum + ('count' in action ? Number(action.count) : 0), 0);

describe('one worker', () => {
  it('combines and groups according to rules 4 and 5, for any batch size', async () => {
    await fc.assert(
      fc.asyncProperty(rules, batches, fc.constantFrom(1, 3, BATCH_SIZE), async (ruleSet, all, batchSize) => {
        const grouped = new GroupedHub(ruleSet);
        for (const each of all) {
          grouped.hub.time.advance(500);
          await grouped.log(each);
        }
        await grouped.hub.work(undefined, batchSize);
        expect(await grouped.storedState()).toEqual(grouped.expectedState());
      }),
      { numRuns: 200 },
    );
  });

  it('may crash at any moment and be followed by another, again and again', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        fc.array(crash, { minLength: 1, maxLength: 6 }),
        async (ruleSet, all, crashes) => {
          const grouped = new GroupedHub(ruleSet);
          for (const [index, each] of all.entries()) {
            await grouped.log(each);
            const crashPlan = crashes[index];
            if (crashPlan)
              await ignoreCrash(
                grouped.hub.work(grouped.hub.process(crashAt(crashPlan.call)), crashPlan.batchSize),
              );
          }
          for (const { call, batchSize } of crashes.slice(all.length)) {
            await ignoreCrash(grouped.hub.work(grouped.hub.process(crashAt(call)), batchSize));
          }
          await grouped.hub.work();
          expect(await grouped.storedState()).toEqual(grouped.expectedState());
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('several workers on one partition', () => {
  it('produce together what one would produce, even if some of them crash', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        fc.array(fc.option(crash, { nil: undefined }), { minLength: 2, maxLength: 3 }),
        fc.scheduler(),
        async (ruleSet, all, workers, scheduler) => {
          const step = () => scheduler.schedule(Promise.resolve());
          const grouped = new GroupedHub(ruleSet, { pause: step });
          const { hub } = grouped;
          for (const each of all) await grouped.log(each);
          const run = (crashPlan: (typeof workers)[number], index: number) => {
            const beforeCall = crashPlan ? crashAt(crashPlan.call) : async () => undefined;
            const deps = hub.process(async (...call) => {
              await step();
              await beforeCall(...call);
            });
            return ignoreCrash(hub.work(deps, crashPlan?.batchSize ?? [BATCH_SIZE, 1, 3][index]));
          };
          await scheduler.waitFor(Promise.all(workers.map(run)));
          await scheduler.waitFor(hub.work());
          expect(await grouped.storedState()).toEqual(grouped.expectedState());
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are not affected by one that stalls anywhere and continues after the others finished', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        batches,
        fc.integer({ min: 1, max: 25 }),
        async (ruleSet, before, after, stop) => {
          const grouped = new GroupedHub(ruleSet);
          const { hub } = grouped;
          for (const each of before) await grouped.log(each);
          let go: () => void = () => undefined;
          const done = new Promise<void>((resolve) => {
            go = resolve;
          });
          let stopped: () => void = () => undefined;
          const stallReached = new Promise<void>((resolve) => {
            stopped = resolve;
          });
          let calls = 0;
          const stalledWorker = hub.work(
            hub.process(async () => {
              calls += 1;
              if (calls !== stop) return;
              stopped();
              await done;
            }),
          );
          await Promise.race([stallReached, stalledWorker]);
          for (const each of after) {
            await grouped.log(each);
            await hub.work(undefined, 3);
          }
          go();
          await stalledWorker;
          await hub.work();
          expect(await grouped.storedState()).toEqual(grouped.expectedState());
        },
      ),
      { numRuns: 150 },
    );
  });

  it('resolve and count everything once, even if handlers return something else each time', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        batches,
        fc.array(fc.option(crash, { nil: undefined }), { minLength: 2, maxLength: 3 }),
        fc.infiniteStream(fc.boolean()),
        fc.scheduler(),
        async (ruleSet, all, workers, results, scheduler) => {
          const step = () => scheduler.schedule(Promise.resolve());
          const inconsistent = () => () => results.next().value === true;
          const grouped = new GroupedHub(ruleSet, { pause: step }, inconsistent);
          const { hub } = grouped;
          for (const each of all) await grouped.log(each);
          const run = (crashPlan: (typeof workers)[number], index: number) => {
            const crash = crashPlan ? crashAt(crashPlan.call) : async () => undefined;
            const deps = hub.process(async (...call) => {
              await step();
              await crash(...call);
            });
            return ignoreCrash(hub.work(deps, crashPlan?.batchSize ?? [BATCH_SIZE, 1, 3][index]));
          };
          await scheduler.waitFor(Promise.all(workers.map(run)));
          await scheduler.waitFor(hub.work());
          const stored = await grouped.storedState();
          expect(Object.values(stored.into)).not.toContain(null);
          expect(countOf(stored)).toBe(grouped.ids.length);
          expect(hub.queue.allPending(SPACE)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
