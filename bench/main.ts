/** `npm run bench [-- [load] [--json] [--quick]]`: measures the hub and, for comparison, the bare work. See README.md. */
import { parseArgs } from 'node:util';
import { findChromium } from '../dev/chromium.ts';
import { until } from '../dev/until.ts';
import type { Bench } from './bench.ts';
import { startChild } from './child.ts';
import { HubClient } from './client.ts';
import { type BenchEnvironment, openEnvironment, versions } from './environment.ts';
import { type Figure, isWithinLimit, machine, table } from './figures.ts';
import { backfill } from './sections/backfill.ts';
import { crowd } from './sections/crowd.ts';
import { fanout } from './sections/fanout.ts';
import { inbox } from './sections/inbox.ts';
import { ingest } from './sections/ingest.ts';
import { latency } from './sections/latency.ts';
import { overload } from './sections/overload.ts';
import { store } from './sections/store.ts';
import { fullSizes, quickSizes, type Sizes } from './sizes.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

/** Fairness under load runs only by name: it takes minutes and the whole machine. */
const isLoad = positionals[0] === 'load';

const progress = (line: string) => process.stderr.write(`${line}\n`);

async function measure(
  environment: BenchEnvironment,
  chromium: string | undefined,
  sizes: Sizes,
): Promise<Figure[]> {
  const env = {
    ...environment.env,
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    // The clients log as fast as possible. With `load` they have many addresses.
    ...(isLoad ? { HUBBUB_TRUST_PROXY: '1' } : { HUBBUB_RATE_LIMIT: 'log=100000/s, call=100000/s' }),
  };
  const worker = await startChild('hub/worker.ts', env);
  const gateway = await startChild('hub/gateway.ts', env);
  const hub = new HubClient(gateway.url, environment.env.HUBBUB_JWT_SECRET);
  // It listens before it has connected to its databases.
  await until(async () => (await fetch(`${gateway.url}/readyz`)).ok, 'the gateway is ready');
  const bench: Bench = { hub, gateway, worker, environment, sizes, progress };
  try {
    const figures: Figure[] = [];
    if (isLoad) {
      for (const section of [overload, crowd]) figures.push(...(await section(bench)));
      return figures;
    }
    for (const section of [latency, fanout, ingest, backfill, store]) figures.push(...(await section(bench)));
    if (chromium !== undefined) figures.push(...(await inbox(bench, chromium)));
    return figures;
  } finally {
    await gateway.stop();
    await worker.stop();
  }
}

const sizes = options.quick ? quickSizes : fullSizes;
const chromium = isLoad ? undefined : await findChromium(progress);
if (chromium === undefined && !isLoad) progress('skipping the inbox: no Chromium found');
const started = performance.now();
const environment = await openEnvironment();
try {
  const { database, redis } = await versions(environment);
  const machineInfo = machine(database, redis);
  const figures = await measure(environment, chromium, sizes);
  const seconds = Math.round((performance.now() - started) / 1_000);
  const ok = figures.every(isWithinLimit);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ok, quick: options.quick, seconds, machine: machineInfo, sizes, figures })}\n`,
    );
  } else {
    const summary = `${machineInfo.processor}, ${machineInfo.cores} cores, load ${machineInfo.load} before, Node ${machineInfo.node}, ${machineInfo.database}, Redis ${machineInfo.redis}`;
    process.stdout.write(
      `\n${table(figures)}\n${summary}; took ${seconds} s${options.quick ? ', quick' : ''}\n`,
    );
  }
  process.exitCode = ok ? 0 : 1;
} finally {
  await environment.close();
}
