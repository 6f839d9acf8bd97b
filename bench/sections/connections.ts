/**
 * Connections: how fast 5,000 connect, and the resident memory that an idle one takes, compared with a bare Socket.IO server. Each
 * round uses new processes, because the memory of an old one may grow without a request to the system.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { type Child, startChild } from '../child.ts';
import { Clients } from '../clients.ts';
import { compareRounds, type Round, roundsWithin } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';

/** No further round begins after this time. */
const ROUNDS_MS = 35_000;
const WARM_UP = 300;
const MEMORY_MS = 60_000;
/** Buffers of handshakes are released within this time. */
const SETTLE_MS = 500;

interface Measured {
  /** Connections per second. */
  rate: number;
  /** KiB per connection. */
  resident: number;
  heap: number;
}

async function measure({ sizes }: Bench, server: Child, secret?: string): Promise<Measured> {
  const { few, many, all } = sizes.connections;
  const clients = await Clients.start({
    url: server.url,
    users: [],
    ...(secret !== undefined && { secret }),
  });
  try {
    await clients.open(WARM_UP);
    await clients.close();
    const memory = async () => {
      await delay(SETTLE_MS);
      return await server.request({ kind: 'memory' }, 'memory', MEMORY_MS);
    };
    let seconds = await clients.open(few);
    const before = await memory();
    seconds += await clients.open(many);
    const after = await memory();
    seconds += await clients.open(all);
    const perConnection = (bytes: number) => bytes / 1_024 / (many - few);
    return {
      rate: all / seconds,
      resident: perConnection(after.resident - before.resident),
      heap: perConnection(after.heap - before.heap),
    };
  } finally {
    await clients.stop();
  }
}

export async function connections(bench: Bench): Promise<Figure[]> {
  const { environment, sizes, progress } = bench;
  const rounds: Array<{ hub: Measured; bare: Measured }> = [];
  for (const round of roundsWithin(sizes.rounds, ROUNDS_MS)) {
    const withServer = async (start: () => Promise<Child>, secret?: string) => {
      const server = await start();
      try {
        return await measure(bench, server, secret);
      } finally {
        await server.stop();
      }
    };
    const secret = environment.env.HUBBUB_JWT_SECRET;
    const hub = bench.isProfiled
      ? await measure(bench, bench.gateway, secret)
      : await withServer(bench.startGateway, secret);
    const bare = await withServer(() => startChild('bare/server.ts', {}));
    rounds.push({ hub, bare });
    progress(`connections: round ${round} of ${sizes.rounds}`);
  }
  const isGrowing = rounds.every(({ hub, bare }) => hub.resident > 0 && bare.resident > 0);
  const compare = (kind: keyof Measured) =>
    compareRounds(rounds.map(({ hub, bare }): Round => ({ hub: hub[kind], bare: bare[kind] })));
  const { few, many, all } = sizes.connections;
  return [
    {
      name: 'connections.memory',
      title: `resident memory per idle connection, ${few.toLocaleString('en')} to ${many.toLocaleString('en')}`,
      unit: 'KiB',
      ...compare('resident'),
      goal: goals['connections.memory'],
      ...(!isGrowing && { fault: 'the memory did not grow with the connections' }),
    },
    { name: 'connections.heap', title: '… its part in the heap', unit: 'KiB', ...compare('heap') },
    {
      name: 'connections.rate',
      title: `connections, ${all.toLocaleString('en')}`,
      unit: '/s',
      ...compare('rate'),
      goal: goals['connections.rate'],
    },
  ];
}
