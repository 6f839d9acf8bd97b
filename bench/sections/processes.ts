/**
 * Two workers beside one, and two gateways beside one: the sustained rate of 1,000 actors with 10 followers each. On few cores a
 * second process cannot add much, but must not cost much either.
 */
import { ActorLoad, countItems, createActors, FOLLOWERS, runFlatOut } from '../actor-load.ts';
import type { Bench } from '../bench.ts';
import type { Child } from '../child.ts';
import { compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { faultOf, joinFaults } from '../tally.ts';

/** One process is measured half of the times before the two, and half of the times after them. */
const PAIRS = 4;
/** A new process compiles its code. */
const WARM_UPS = 2;

export async function processes(bench: Bench): Promise<Figure[]> {
  const { hub, environment, sizes, progress } = bench;
  await createActors(environment);
  const faults: Array<string | undefined> = [];
  const measure = async (load: ActorLoad): Promise<number> => {
    const { perSecond, ids } = await runFlatOut(bench, load, sizes.processActions);
    const distinct = await countItems(environment, ids);
    faults.push(faultOf('items', ids.length * FOLLOWERS, { distinct }));
    return perSecond;
  };
  /** Measures the pairs. `withTwo` runs its argument with a second process. */
  const comparePairs = async (
    one: ActorLoad,
    withTwo: (run: (load: ActorLoad) => Promise<void>) => Promise<void>,
  ): Promise<Round[]> => {
    const repeat = async (load: ActorLoad, times: number): Promise<number[]> => {
      const rates: number[] = [];
      for (let run = 0; run < times; run += 1) rates.push(await measure(load));
      return rates;
    };
    await measure(one);
    const single = await repeat(one, PAIRS / 2);
    let double: number[] = [];
    await withTwo(async (two) => {
      await repeat(two, WARM_UPS);
      double = await repeat(two, PAIRS);
    });
    single.push(...(await repeat(one, PAIRS / 2)));
    progress(`processes: ${PAIRS} pairs`);
    return single.map((bare, index) => ({ hub: double[index] ?? Number.NaN, bare }));
  };

  const one = await ActorLoad.toHub(hub);
  try {
    const workers = await comparePairs(one, async (run) => {
      const second = await bench.startWorker();
      try {
        await run(one);
      } finally {
        await second.stop();
      }
    });
    const gateways = await comparePairs(one, async (run) => {
      const second: Child = await bench.startGateway();
      const both = await ActorLoad.toHub(hub, hub.url, second.url);
      try {
        await run(both);
      } finally {
        both.close();
        await second.stop();
      }
    });
    const fault = joinFaults(...faults);
    const figure = (name: 'workers' | 'gateways', rounds: Round[]): Figure => ({
      name: `processes.${name}`,
      title: `actions, two ${name} beside one`,
      unit: '/s',
      ...compareRounds(rounds),
      goal: goals[`processes.${name}`],
      fault,
    });
    return [figure('workers', workers), figure('gateways', gateways)];
  } finally {
    one.close();
  }
}
