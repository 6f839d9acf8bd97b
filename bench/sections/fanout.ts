/**
 * One action to many trackers: items per second, compared with raw `insertMany` of the same documents with the same indexes,
 * and the worker's heap after a small and a large audience.
 */
import { createTrackers } from '../audience.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figures.ts';
import { median } from '../latencies.ts';
import { limits } from '../limits.ts';
import { RawItems } from '../raw-items.ts';

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

async function runRounds(bench: Bench, object: string, actions: number, followers: number) {
  const raw = await RawItems.open(bench.environment);
  const items = actions * followers;
  const seconds: number[] = [];
  const hub: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= bench.sizes.rounds; round += 1) {
    bench.progress(`fan-out: ${actions} to ${followers}, round ${round} of ${bench.sizes.rounds}`);
    const run = await fanOut(bench, object, actions);
    const documents = await raw.itemsOf(run.ids);
    if (documents.length !== items) throw new Error(`${documents.length} items were stored, not ${items}`);
    seconds.push(run.seconds);
    hub.push(items / run.seconds);
    bare.push(items / (await raw.insert(documents)));
  }
  await raw.drop();
  return { seconds: median(seconds), hub: median(hub), bare: median(bare) };
}

export async function fanout(bench: Bench): Promise<Figure[]> {
  const { environment, worker, sizes, progress } = bench;
  const { fewTrackers, manyTrackers, followers, batch } = sizes;
  progress(`fan-out: creating ${fewTrackers + manyTrackers + followers} trackers`);
  await createTrackers(environment, { type: 'project', id: 'few' }, fewTrackers);
  await createTrackers(environment, { type: 'project', id: 'many' }, manyTrackers);
  await createTrackers(environment, { type: 'project', id: 'batch' }, followers);

  // Twice: compiled code and caches of the first run are no growth.
  progress(`fan-out: 1 to ${fewTrackers}`);
  await fanOut(bench, 'project:few', 1);
  await worker.heap();
  const few = await fanOut(bench, 'project:few', 1);
  const fewHeap = await worker.heap();
  const many = await runRounds(bench, 'project:many', 1, manyTrackers);
  const manyHeap = await worker.heap();
  const batched = await runRounds(bench, 'project:batch', batch, followers);

  const label = (trackers: number) => `1 to ${trackers.toLocaleString('en')}`;
  return [
    {
      name: 'fanout.items',
      title: `items, ${label(manyTrackers)}`,
      unit: '/s',
      hub: many.hub,
      bare: many.bare,
      ratio: many.hub / many.bare,
      limit: limits['fanout.items'],
    },
    { name: 'fanout.seconds', title: `time, ${label(manyTrackers)}`, unit: 's', hub: many.seconds },
    { name: 'fanout.secondsFew', title: `time, ${label(fewTrackers)}`, unit: 's', hub: few.seconds },
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
