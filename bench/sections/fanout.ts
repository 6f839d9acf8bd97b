/**
 * One action to many trackers: items per second, compared with raw `insertMany` of the same documents with the same indexes,
 * and the worker's heap after a small and a large audience.
 */
import { audienceOf } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { type Compared, compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { median } from '../latencies.ts';
import { limits } from '../limits.ts';
import { itemsFilter, RawCollection } from '../raw-collection.ts';
import { faultOf, joinFaults } from '../tally.ts';

const MIB = 2 ** 20;

/** Logs these actions about `object` and waits for its followers' feeds. Returns the seconds and the ids of the actions. */
async function fanOut(
  bench: Bench,
  object: string,
  actions: number,
): Promise<{ seconds: number; ids: string[] }> {
  const batch = Array.from({ length: actions }, (_, n) => ({
    actor: `user:fanout-${n}`,
    verb: 'closed',
    targets: `issue:${n}`,
    related: object,
    data: { title: `Fix ${n}` },
  }));
  const key = `${object}-${performance.now()}`;
  const started = performance.now();
  const { ids } = await bench.hub.logAndWait(batch, key);
  return { seconds: (performance.now() - started) / 1_000, ids };
}

async function runRounds(
  bench: Bench,
  object: string,
  actions: number,
  followers: number,
): Promise<{ seconds: number; compared: Compared; fault: string | undefined }> {
  const items = await RawCollection.open(bench.environment, 'items');
  const expected = actions * followers;
  const seconds: number[] = [];
  const rounds: Round[] = [];
  const faults: Array<string | undefined> = [];
  for (let round = 1; round <= bench.sizes.rounds; round += 1) {
    bench.progress(`fan-out: ${actions} to ${followers}, round ${round} of ${bench.sizes.rounds}`);
    const run = await fanOut(bench, object, actions);
    const documents = await items.hub.find(itemsFilter(run.ids)).toArray();
    // The id of an item combines its action and its user, so items of one id cannot be doubled.
    faults.push(faultOf('items', expected, { distinct: documents.length }));
    seconds.push(run.seconds);
    rounds.push({ hub: expected / run.seconds, bare: documents.length / (await items.insert(documents)) });
  }
  await items.drop();
  return { seconds: median(seconds), compared: compareRounds(rounds), fault: joinFaults(...faults) };
}

export async function fanout(bench: Bench): Promise<Figure[]> {
  const { environment, worker, sizes, progress } = bench;
  const { fewTrackers, manyTrackers, followers, batch } = sizes;
  progress(`fan-out: creating ${fewTrackers + manyTrackers + followers} trackers`);
  const fewAudience = await audienceOf(environment, fewTrackers);
  const manyAudience = await audienceOf(environment, manyTrackers);
  const batchAudience = await audienceOf(environment, followers);

  // Twice: compiled code and caches of the first run are no growth.
  progress(`fan-out: 1 to ${fewTrackers}`);
  await fanOut(bench, fewAudience.ref, 1);
  await worker.heap();
  const few = await fanOut(bench, fewAudience.ref, 1);
  const fewHeap = await worker.heap();
  const many = await runRounds(bench, manyAudience.ref, 1, manyTrackers);
  const manyHeap = await worker.heap();
  const batched = await runRounds(bench, batchAudience.ref, batch, followers);

  const label = (trackers: number) => `1 to ${trackers.toLocaleString('en')}`;
  return [
    {
      name: 'fanout.items',
      title: `items, ${label(manyTrackers)}`,
      unit: '/s',
      ...many.compared,
      goal: goals['fanout.items'],
      limit: limits['fanout.items'],
      fault: many.fault,
    },
    { name: 'fanout.seconds', title: `time, ${label(manyTrackers)}`, unit: 's', hub: many.seconds },
    { name: 'fanout.secondsFew', title: `time, ${label(fewTrackers)}`, unit: 's', hub: few.seconds },
    {
      name: 'fanout.batch',
      title: `items, ${batch} to ${followers}`,
      unit: '/s',
      ...batched.compared,
      goal: goals['fanout.batch'],
      fault: batched.fault,
    },
    {
      name: 'memory.few',
      title: `worker heap after ${label(fewTrackers)}`,
      unit: 'MiB',
      hub: fewHeap.used / MIB,
    },
    {
      name: 'memory.many',
      title: `worker heap after ${label(manyTrackers)}`,
      unit: 'MiB',
      hub: manyHeap.used / MIB,
    },
    {
      name: 'memory.ratio',
      title: 'ratio of the two',
      unit: '×',
      hub: manyHeap.used / fewHeap.used,
      limit: limits['memory.ratio'],
    },
    {
      name: 'memory.peakFew',
      title: `peak during ${label(fewTrackers)}`,
      unit: 'MiB',
      hub: fewHeap.peak / MIB,
    },
    {
      name: 'memory.peakMany',
      title: `peak during ${label(manyTrackers)}`,
      unit: 'MiB',
      hub: manyHeap.peak / MIB,
    },
  ];
}
