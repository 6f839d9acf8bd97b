/** How fast actions are accepted: in batches over HTTP, and singly over sockets. The worker runs all the while. */
import type { Socket } from 'socket.io-client';
import type { Bench } from '../bench.ts';
import { connect } from '../client.ts';
import type { Figure } from '../figures.ts';

const BATCH = 500;
/** Requests under way at once, and sockets with one action under way each. */
const REQUESTS = 4;
const SOCKETS = 50;
const OBJECT = 'project:ingest';

const action = (user: number, n: number) => ({
  actor: `user:ingest-${user}`,
  verb: 'closed',
  targets: `issue:${n}`,
  related: OBJECT,
  // Each for itself: what is measured is accepting, and waiting until all of it is stored.
  groupingDelay: -1,
  data: { n },
});

/** Runs `total` calls, `width` at a time; answers calls per second. */
async function rate(
  total: number,
  width: number,
  call: (n: number, lane: number) => Promise<void>,
): Promise<number> {
  const started = performance.now();
  let next = 0;
  const lane = async (_: unknown, index: number) => {
    while (next < total) {
      const n = next;
      next += 1;
      await call(n, index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return total / ((performance.now() - started) / 1_000);
}

/** Waits until the worker has done what was accepted: an actor's actions are taken in order. */
async function settled({ hub }: Bench, name: string): Promise<void> {
  const last = Array.from({ length: SOCKETS }, (_, user) => action(user, -1));
  await hub.logAndWait(last, `ingest-${name}`);
}

function logOne(socket: Socket, payload: ReturnType<typeof action>): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.timeout(30_000).emit('log', payload, (error: Error | null, answer: { ok: boolean }) => {
      if (error === null && answer.ok) resolve();
      else reject(error ?? new Error(`an action was refused: ${JSON.stringify(answer)}`));
    });
  });
}

export async function ingest(bench: Bench): Promise<Figure[]> {
  const { hub, sizes, progress } = bench;
  progress('ingest: batches over HTTP');
  const batches = async (n: number) => {
    const batch = Array.from({ length: BATCH }, (_, index) => action(index % SOCKETS, n * BATCH + index));
    await hub.log(batch);
  };
  await batches(0);
  const started = performance.now();
  const perBatch = await rate(sizes.batches, REQUESTS, batches);
  await settled(bench, 'batches');
  const stored = (sizes.batches * BATCH) / ((performance.now() - started) / 1_000);

  progress('ingest: singly over sockets');
  const sockets: Socket[] = [];
  for (let user = 0; user < SOCKETS; user += 1) {
    sockets.push(await connect(hub.url, { token: await hub.token(`ingest-${user}`, OBJECT, 'issue:*') }));
  }
  const single = async (n: number, lane: number) => {
    const socket = sockets[lane];
    if (socket !== undefined) await logOne(socket, action(lane, n));
  };
  await rate(SOCKETS * 2, SOCKETS, single);
  const singles = await rate(sizes.singles, SOCKETS, single);
  await settled(bench, 'singles');
  for (const socket of sockets) socket.disconnect();

  return [
    {
      name: 'ingest.batches',
      title: `accepted over HTTP, batches of ${BATCH}`,
      unit: '/s',
      hub: perBatch * BATCH,
    },
    { name: 'ingest.stored', title: '… until all of them are stored', unit: '/s', hub: stored },
    { name: 'ingest.singles', title: `accepted singly, ${SOCKETS} sockets`, unit: '/s', hub: singles },
  ];
}
