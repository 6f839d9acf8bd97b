/**
 * `npm run costs`: measures what an action, an item, a push and a page cost each part of the hub, for the simulation. Prints a
 * table, and the figures as JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../dev/until.ts';
import { type Child, startChild } from '../child.ts';
import { HubClient } from '../client.ts';
import { type BenchEnvironment, openEnvironment, versions } from '../environment.ts';
import { residentKib } from './cpu.ts';
import { type Cost, countBusBytes, createMeter } from './meter.ts';
import {
  action,
  connectAll,
  createFollowers,
  logBatches,
  logConcurrently,
  logSingly,
  readPages,
} from './work.ts';

const SINGLES = 400;
const CONCURRENT = 4_000;
const BATCHES = 24;
const FOLLOWERS = 20_000;
const LARGE_ACTIONS = 5;
/** Each stands for a gateway that receives the bus. */
const SUBSCRIBERS = 100;
const CONNECTED = 400;
const PUSHED_ACTIONS = 40;
const IDLE = 2_000;
const IDLE_SECONDS = 6;
const PAGES = 500;

const round = (value: number): number => Number(value.toPrecision(3));

/** Bytes per document with its indexes, on disk. */
async function storedBytes({ mongo, database }: BenchEnvironment, collection: string): Promise<number> {
  const stats = await mongo.db(database).command({ collStats: collection });
  return round((Number(stats.storageSize) + Number(stats.totalIndexSize)) / Number(stats.count));
}

/** KiB of memory per idle connection. Before other work, because later the process has free memory that it reuses. */
async function connectionMemory(hub: HubClient, gateway: Child): Promise<number> {
  const names = (label: string) => Array.from({ length: IDLE }, (_, n) => `${label}-${n}`);
  const warmUp = await connectAll(hub, names('warm-up').slice(0, IDLE / 10));
  const before = residentKib(gateway.pid);
  const idle = await connectAll(hub, names('idle'));
  const used = residentKib(gateway.pid) - before;
  idle.close();
  warmUp.close();
  return round(used / IDLE);
}

async function measure(environment: BenchEnvironment) {
  const env = {
    ...environment.env,
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    HUBBUB_TRUST_PROXY: '1',
    HUBBUB_RATE_LIMIT: 'log=100000/s, call=100000/s',
  };
  const worker = await startChild('hub/worker.ts', env);
  const gateway = await startChild('hub/gateway.ts', env);
  const hub = new HubClient(gateway.url, environment.env.HUBBUB_JWT_SECRET);
  await until(async () => (await fetch(`${gateway.url}/readyz`)).ok, 'the gateway is ready');
  const meter = await createMeter(environment, { gateway, worker });
  const costs: Record<string, Cost> = {};
  const cost = async (name: string, count: number, work: () => Promise<void>) => {
    process.stderr.write(`measuring: ${name}\n`);
    costs[name] = await meter.costOf(count, work);
  };
  try {
    const connectionKib = await connectionMemory(hub, gateway);
    const one = await connectAll(hub, await createFollowers(environment, 'single', 1));
    await logSingly(hub, 'single', 100, one);
    await logBatches(hub, 'warm-up', 4);
    // Polls, heartbeats and timers. They are part of all other costs too.
    await cost('a second without work', IDLE_SECONDS, () => delay(IDLE_SECONDS * 1_000));
    await cost('an action alone', SINGLES, () => logSingly(hub, 'single', SINGLES, one));
    await cost('an action among many', BATCHES * 500, () => logBatches(hub, 'batches', BATCHES));
    await cost('an action of fifty sockets', CONCURRENT, () => logConcurrently(hub, 'sockets', CONCURRENT));
    one.close();
    await createFollowers(environment, 'large', FOLLOWERS);
    const logLarge = async (first: number) => {
      for (let n = first; n < first + LARGE_ACTIONS; n += 1)
        await hub.logAndWait(action('large', n), `large-${n}`);
    };
    await cost('an item of a large audience', FOLLOWERS * LARGE_ACTIONS, () => logLarge(0));
    const others = await Promise.all(
      Array.from({ length: SUBSCRIBERS }, () => countBusBytes(environment.redis)),
    );
    await cost(`the same, with ${SUBSCRIBERS} more subscribers`, FOLLOWERS * LARGE_ACTIONS, () =>
      logLarge(LARGE_ACTIONS),
    );
    for (const other of others) other.close();
    const users = await createFollowers(environment, 'pushed', CONNECTED);
    const crowd = await connectAll(hub, users);
    await cost('an item that is pushed', CONNECTED * PUSHED_ACTIONS, () =>
      logSingly(hub, 'pushed', PUSHED_ACTIONS, crowd),
    );
    crowd.close();
    await cost('a page of 20', PAGES, () =>
      readPages(
        hub,
        Array.from({ length: PAGES }, (_, n) => users[n % CONNECTED] ?? ''),
      ),
    );
    const bytes = {
      item: await storedBytes(environment, 'items'),
      action: await storedBytes(environment, 'actions'),
    };
    return { costs, connectionKib, bytes };
  } finally {
    meter.close();
    await gateway.stop();
    await worker.stop();
  }
}

const columns = ['duration', 'gateway', 'worker', 'redis', 'database', 'redisCommands', 'busBytes'] as const;
const environment = await openEnvironment();
try {
  const { costs, ...others } = await measure(environment);
  const rows = Object.entries(costs).map(([name, cost]) => ({
    name,
    ...Object.fromEntries(columns.map((column) => [column, round(cost[column])])),
  }));
  process.stderr.write('CPU in milliseconds, Redis commands, and bytes on the bus:\n');
  for (const row of rows) process.stderr.write(`${JSON.stringify(row)}\n`);
  const { database, redis } = await versions(environment);
  process.stdout.write(
    `${JSON.stringify({ rows, ...others, node: process.version, database, redis }, null, 2)}\n`,
  );
} finally {
  await environment.close();
}
