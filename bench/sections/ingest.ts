/** The rate of accepted actions: in batches over HTTP, and single actions over sockets. The worker runs at the same time. */
import type { Socket } from 'socket.io-client';
import type { Bench } from '../bench.ts';
import { connect } from '../client.ts';
import type { Figure } from '../figures.ts';

const BATCH = 500;
/** Concurrent requests, and sockets with one pending action each. */
const REQUESTS = 4;
const SOCKETS = 50;
const OBJECT = 'project:ingest';

const action = (user: number, n: number) => ({
  actor: `user:ingest-${user}`,
  verb: 'closed',
  targets: `issue:${n}`,
  related: OBJECT,
  // No grouping: this measures accepting and storing.
  groupingDelay: -1,
  data: { n },
});

/** Runs `total` calls, `width` at a time. Returns the calls per second. */
async function rate(
  total: number,
  width: number,
  call: (n: number, slot: number) => Promise<void>,
): Promise<number> {
  const started = performance.now();
  let next = 0;
  const runSlot = async (_: unknown, index: number) => {
    while (next < total) {
      const n = next;
      next += 1;
      await call(n, index);
    }
  };
  await Promise.all(Array.from({ length: width }, runSlot));
  return total / ((performance.now() - started) / 1_000);
}

/** Waits until the worker has processed the accepted actions: the actions of an actor are processed in order. */
async function waitUntilProcessed({ hub }: Bench, label: string): Promise<void> {
  const last = Array.from({ length: SOCKETS }, (_, user) => action(user, -1));
  await hub.logAndWait(last, `ingest-${label}`);
}

function logOne(socket: Socket, payload: ReturnType<typeof action>): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.timeout(30_000).emit('log', payload, (error: Error | null, response: { ok: boolean }) => {
      if (error === null && response.ok) resolve();
      else reject(error ?? new Error(`an action was rejected: ${JSON.stringify(response)}`));
    });
  });
}

export async function ingest(bench: Bench): Promise<Figure[]> {
  const { hub, sizes, progress } = bench;
  progress('ingest: batches over HTTP');
  const sendBatch = async (n: number) => {
    const batch = Array.from({ length: BATCH }, (_, index) => action(index % SOCKETS, n * BATCH + index));
    await hub.log(batch);
  };
  await sendBatch(0);
  const started = performance.now();
  const perBatch = await rate(sizes.batches, REQUESTS, sendBatch);
  await waitUntilProcessed(bench, 'batches');
  const stored = (sizes.batches * BATCH) / ((performance.now() - started) / 1_000);

  progress('ingest: singly over sockets');
  const sockets: Socket[] = [];
  for (let user = 0; user < SOCKETS; user += 1) {
    sockets.push(await connect(hub.url, { token: await hub.token(`ingest-${user}`, OBJECT, 'issue:*') }));
  }
  const sendSingle = async (n: number, slot: number) => {
    const socket = sockets[slot];
    if (socket !== undefined) await logOne(socket, action(slot, n));
  };
  await rate(SOCKETS * 2, SOCKETS, sendSingle);
  const singles = await rate(sizes.singles, SOCKETS, sendSingle);
  await waitUntilProcessed(bench, 'singles');
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
