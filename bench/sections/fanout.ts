/**
 * One action to many trackers: items per second beside raw `insertMany` of the very same documents under the same
 * indexes, and the worker's heap after a small and a large audience.
 */
import { track } from '../audience.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { median } from '../latencies.ts';
import { limits } from '../limits.ts';
import { RawItems } from '../raw-items.ts';

const MIB = 2 ** 20;

/** Logs these actions about `object` and waits for its followers' feeds; answers seconds and the actions' ids. */
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

async function rounds(bench: Bench, object: string, actions: number, followers: number) {
  const raw = await RawItems.open(bench.place);
  const items = actions * followers;
  const seconds: number[] = [];
  const hub: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= bench.sizes.rounds; round += 1) {
    bench.progress(`fan-out: ${actions} to ${followers}, round ${round} of ${bench.sizes.rounds}`);
    const run = await fanOut(bench, object, actions);
    const documents = await raw.itemsOf(run.ids);
    if (documents.length !== items)
      throw new Error(`${documents.length} items were stored instead of ${items}`);
    seconds.push(run.seconds);
    hub.push(items / run.seconds);
    bare.push(items / (await raw.insert(documents)));
  }
  await raw.drop();
  return { seconds: median(seconds), hub: median(hub), bare: median(bare) };
}

export async function fanout(bench: Bench): Promise<Figure[]> {
  const { place, worker, sizes, progress } = bench;
  const { fewTrackers, manyTrackers, followers, batch } = sizes;
  progress(`fan-out: making ${fewTrackers + manyTrackers + followers} trackers`);
  await track(place, { type: 'project', id: 'few' }, fewTrackers);
  await track(place, { type: 'project', id: 'many' }, manyTrackers);
  await track(place, { type: 'project', id: 'batch' }, followers);

  // Twice: what the first run compiles and caches is no growth.
  progress(`fan-out: 1 to ${fewTrackers}`);
  await fanOut(bench, 'project:few', 1);
  await worker.heap();
  const few = await fanOut(bench, 'project:few', 1);
  const fewHeap = await worker.heap();
  const many = await rounds(bench, 'project:many', 1, manyTrackers);
  const manyHeap = await worker.heap();
  const batched = await rounds(bench, 'project:batch', batch, followers);

  const one = (trackers: number) => `1 to ${trackers.toLocaleString('en')}`;
  return [
    {
      name: 'fanout.items',
      title: `items, ${one(manyTrackers)}`,
      unit: '/s',
      hub: many.hub,
      bare: many.bare,
      ratio: many.hub / many.bare,
      limit: limits['fanout.items'],
    },
    { name: 'fanout.seconds', title: `time, ${one(manyTrackers)}`, unit: 's', hub: many.seconds },
    { name: 'fanout.secondsFew', title: `time, ${one(fewTrackers)}`, unit: 's', hub: few.seconds },
    {
      name: 'fanout.batch',
      title: `items, ${batch} to ${followers}`,
      unit: '/s',
      hub: batched.hub,
      bare: batched.bare,
      ratio: batched.hub / batched.bare,
    },
    {
      name: 'memory.few',
      title: `worker heap after ${one(fewTrackers)}`,
      unit: 'MiB',
      hub: fewHeap.used / MIB,
    },
    {
      name: 'memory.many',
      title: `worker heap after ${one(manyTrackers)}`,
      unit: 'MiB',
      hub: manyHeap.used / MIB,
    },
    {
      name: 'memory.ratio',
      title: 'the latter to the former',
      unit: '×',
      hub: manyHeap.used / fewHeap.used,
      limit: limits['memory.ratio'],
    },
    {
      name: 'memory.peakFew',
      title: `peak during ${one(fewTrackers)}`,
      unit: 'MiB',
      hub: fewHeap.peak / MIB,
    },
    {
      name: 'memory.peakMany',
      title: `peak during ${one(manyTrackers)}`,
      unit: 'MiB',
      hub: manyHeap.peak / MIB,
    },
  ];
}
