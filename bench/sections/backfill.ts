/**
 * Tracking an object with a long history: the response time, the time until the whole history is in the feed, the pushes to a
 * connected page, and the worker's heap after a short and a long history.
 */
import type { Bench } from '../bench.ts';
import { connect } from '../client.ts';
import { compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { insertActions } from '../history.ts';
import { median } from '../latencies.ts';
import { limits } from '../limits.ts';
import { hubCollection, RawCollection } from '../raw-collection.ts';
import { faultOf, joinFaults } from '../tally.ts';

const MIB = 2 ** 20;

interface BackfillRun {
  user: string;
  /** Milliseconds. */
  responseMs: number;
  seconds: number;
  pushes: number;
  fault: string | undefined;
}

/** A new user with an open page tracks the object. Waits until its whole history is in the feed. */
async function trackAndWait(
  bench: Bench,
  user: string,
  object: string,
  expectedItems: number,
): Promise<BackfillRun> {
  const { hub, environment } = bench;
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
    const responseMs = performance.now() - started;
    // The page gets one reset after the last item.
    await reset;
    const seconds = (performance.now() - started) / 1_000;
    const distinct = await hubCollection(environment, 'items').countDocuments({ user });
    const fault = faultOf('items', expectedItems, { distinct });
    if (resets !== 1) throw new Error(`the page got ${resets} resets, not 1`);
    return { user, responseMs, seconds, pushes, fault };
  } finally {
    socket.disconnect();
  }
}

export async function backfill(bench: Bench): Promise<Figure[]> {
  const { environment, worker, sizes, progress } = bench;
  const { shortHistory, longHistory, rounds } = sizes;
  progress(`past: creating ${shortHistory + longHistory} actions`);
  await insertActions(environment, { type: 'project', id: 'short' }, shortHistory);
  await insertActions(environment, { type: 'project', id: 'long' }, longHistory);

  // Twice: compiled code and caches of the first run are no growth.
  progress(`past: ${shortHistory} actions`);
  await trackAndWait(bench, 'past-first', 'project:short', shortHistory);
  await worker.heap();
  const few = await trackAndWait(bench, 'past-few', 'project:short', shortHistory);
  const fewHeap = await worker.heap();
  const runs: BackfillRun[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`past: ${longHistory} actions, round ${round} of ${rounds}`);
    runs.push(await trackAndWait(bench, `past-many-${round}`, 'project:long', longHistory));
  }
  const manyHeap = await worker.heap();
  const items = await RawCollection.open(environment, 'items');
  const compared: Round[] = [];
  for (const run of runs) {
    const documents = await items.hub.find({ user: run.user }).toArray();
    compared.push({
      hub: longHistory / run.seconds,
      bare: documents.length / (await items.insert(documents)),
    });
  }
  await items.drop();
  const seconds = median(runs.map((run) => run.seconds));

  const actionsLabel = (actions: number) => `${actions.toLocaleString('en')} past actions`;
  return [
    {
      name: 'past.answer',
      title: `response of track, ${actionsLabel(longHistory)}`,
      unit: 'ms',
      hub: median(runs.map((run) => run.responseMs)),
    },
    {
      name: 'past.answerFew',
      title: `response of track, ${actionsLabel(shortHistory)}`,
      unit: 'ms',
      hub: few.responseMs,
    },
    {
      name: 'past.seconds',
      title: `until ${actionsLabel(longHistory)} are in the feed`,
      unit: 's',
      hub: seconds,
    },
    {
      name: 'past.secondsFew',
      title: `until ${actionsLabel(shortHistory)} are in the feed`,
      unit: 's',
      hub: few.seconds,
    },
    {
      name: 'past.items',
      title: `items, ${actionsLabel(longHistory)}`,
      unit: '/s',
      ...compareRounds(compared),
      goal: goals['past.items'],
      fault: joinFaults(few.fault, ...runs.map((run) => run.fault)),
    },
    {
      name: 'past.pushes',
      title: `pushes before the reset, ${actionsLabel(longHistory)}`,
      unit: '',
      hub: Math.max(...runs.map((run) => run.pushes)),
      limit: limits['past.pushes'],
    },
    {
      name: 'past.heap',
      title: `worker heap after ${actionsLabel(longHistory)}, to that after ${shortHistory.toLocaleString('en')}`,
      unit: '×',
      hub: manyHeap.used / fewHeap.used,
      limit: limits['past.heap'],
    },
    {
      name: 'past.peakFew',
      title: `peak during ${actionsLabel(shortHistory)}`,
      unit: 'MiB',
      hub: fewHeap.peak / MIB,
    },
    {
      name: 'past.peakMany',
      title: `peak during ${actionsLabel(longHistory)}`,
      unit: 'MiB',
      hub: manyHeap.peak / MIB,
    },
  ];
}
