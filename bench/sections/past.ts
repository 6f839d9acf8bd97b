/**
 * Tracking an object with a long past: how long the answer takes, how long until the whole past is in the feed, what
 * a connected page is told meanwhile, and the worker's heap after a short and a long past.
 */
import type { Bench } from '../bench.ts';
import { connect } from '../client.ts';
import type { Figure } from '../figures.ts';
import { happened } from '../history.ts';
import { median } from '../latencies.ts';
import { limits } from '../limits.ts';

const MIB = 2 ** 20;

interface Run {
  /** Milliseconds. */
  answer: number;
  seconds: number;
  pushes: number;
}

/** Has a new user with an open page track the object, and waits until all of its past is in the feed. */
async function follow(bench: Bench, user: string, object: string, past: number): Promise<Run> {
  const { hub, place } = bench;
  const socket = await connect(hub.url, { token: await hub.token(user, object) });
  try {
    let pushes = 0;
    let resets = 0;
    socket.on('feed:item', () => {
      pushes += 1;
    });
    const reset = new Promise<void>((resolve) => {
      socket.on('feed:reset', () => {
        resets += 1;
        resolve();
      });
    });
    const started = performance.now();
    await hub.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
    const answer = performance.now() - started;
    // Told once everything is in.
    await reset;
    const seconds = (performance.now() - started) / 1_000;
    const items = await place.mongo.db(place.database).collection('items').countDocuments({ user });
    if (items !== past) throw new Error(`${items} past actions are in the feed instead of ${past}`);
    if (resets !== 1) throw new Error(`the page was told to reload ${resets} times`);
    return { answer, seconds, pushes };
  } finally {
    socket.disconnect();
  }
}

export async function past(bench: Bench): Promise<Figure[]> {
  const { place, worker, sizes, progress } = bench;
  const { fewPast, manyPast, rounds } = sizes;
  progress(`past: making ${fewPast + manyPast} actions`);
  await happened(place, { type: 'project', id: 'short' }, fewPast);
  await happened(place, { type: 'project', id: 'long' }, manyPast);

  // Twice: what the first run compiles and caches is no growth.
  progress(`past: ${fewPast} actions`);
  await follow(bench, 'past-first', 'project:short', fewPast);
  await worker.heap();
  const few = await follow(bench, 'past-few', 'project:short', fewPast);
  const fewHeap = await worker.heap();
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`past: ${manyPast} actions, round ${round} of ${rounds}`);
    runs.push(await follow(bench, `past-many-${round}`, 'project:long', manyPast));
  }
  const manyHeap = await worker.heap();
  const seconds = median(runs.map((run) => run.seconds));

  const of = (actions: number) => `${actions.toLocaleString('en')} past actions`;
  return [
    {
      name: 'past.answer',
      title: `track's answer, ${of(manyPast)}`,
      unit: 'ms',
      hub: median(runs.map((run) => run.answer)),
    },
    { name: 'past.answerFew', title: `track's answer, ${of(fewPast)}`, unit: 'ms', hub: few.answer },
    { name: 'past.seconds', title: `until ${of(manyPast)} are in`, unit: 's', hub: seconds },
    { name: 'past.secondsFew', title: `until ${of(fewPast)} are in`, unit: 's', hub: few.seconds },
    { name: 'past.items', title: `items, ${of(manyPast)}`, unit: '/s', hub: manyPast / seconds },
    {
      name: 'past.pushes',
      title: `pushes before the reset, ${of(manyPast)}`,
      unit: '',
      hub: Math.max(...runs.map((run) => run.pushes)),
      limit: limits['past.pushes'],
    },
    {
      name: 'past.heap',
      title: `worker heap after ${of(manyPast)}, to that after ${fewPast.toLocaleString('en')}`,
      unit: '×',
      hub: manyHeap.used / fewHeap.used,
      limit: limits['past.heap'],
    },
    { name: 'past.peakFew', title: `peak during ${of(fewPast)}`, unit: 'MiB', hub: fewHeap.peak / MIB },
    { name: 'past.peakMany', title: `peak during ${of(manyPast)}`, unit: 'MiB', hub: manyHeap.peak / MIB },
  ];
}
