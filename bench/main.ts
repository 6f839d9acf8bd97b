/** `npm run bench [-- [load] [--json] [--quick]]`: measures the hub beside the bare work it stands for. README.md explains. */
import { parseArgs } from 'node:util';
import { findChromium } from '../dev/chromium.ts';
import { until } from '../dev/until.ts';
import type { Bench } from './bench.ts';
import { startChild } from './child.ts';
import { HubClient } from './client.ts';
import { type Figure, holds, machine, table } from './figures.ts';
import { openPlace, type Place, versions } from './place.ts';
import { crowd } from './sections/crowd.ts';
import { fanout } from './sections/fanout.ts';
import { inbox } from './sections/inbox.ts';
import { ingest } from './sections/ingest.ts';
import { latency } from './sections/latency.ts';
import { overload } from './sections/overload.ts';
import { past } from './sections/past.ts';
import { store } from './sections/store.ts';
import { fullSizes, quickSizes, type Sizes } from './sizes.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});

/** Fairness under load is asked for by name: it takes minutes and everything the machine has. */
const isLoad = positionals[0] === 'load';

const progress = (line: string) => process.stderr.write(`${line}\n`);

async function measure(place: Place, chromium: string | undefined, sizes: Sizes): Promise<Figure[]> {
  const env = {
    ...place.env,
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    // Its clients log as fast as they are let; with `load` they stand for many addresses.
    ...(isLoad ? { HUBBUB_TRUST_PROXY: '1' } : { HUBBUB_RATE_LIMIT: 'log=100000/s, call=100000/s' }),
  };
  const worker = await startChild('hub/worker.ts', env);
  const gateway = await startChild('hub/gateway.ts', env);
  const hub = new HubClient(gateway.url, place.env.HUBBUB_JWT_SECRET);
  // It listens before it has reached its databases.
  await until(async () => (await fetch(`${gateway.url}/readyz`)).ok, 'the gateway is ready');
  const bench: Bench = { hub, gateway, worker, place, sizes, progress };
  try {
    const figures: Figure[] = [];
    if (isLoad) {
      for (const section of [overload, crowd]) figures.push(...(await section(bench)));
      return figures;
    }
    for (const section of [latency, fanout, ingest, past, store]) figures.push(...(await section(bench)));
    if (chromium !== undefined) figures.push(...(await inbox(bench, chromium)));
    return figures;
  } finally {
    await gateway.stop();
    await worker.stop();
  }
}

const sizes = options.quick ? quickSizes : fullSizes;
const chromium = isLoad ? undefined : await findChromium(progress);
if (chromium === undefined && !isLoad) progress('the inbox is not measured: that takes a Chromium');
const started = performance.now();
const place = await openPlace();
try {
  const { database, redis } = await versions(place);
  const on = machine(database, redis);
  const figures = await measure(place, chromium, sizes);
  const seconds = Math.round((performance.now() - started) / 1_000);
  const ok = figures.every(holds);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ok, quick: options.quick, seconds, machine: on, sizes, figures })}\n`,
    );
  } else {
    const where = `${on.processor}, ${on.cores} cores, load ${on.load} before, Node ${on.node}, ${on.database}, Redis ${on.redis}`;
    process.stdout.write(
      `\n${table(figures)}\n${where}; took ${seconds} s${options.quick ? ', quick' : ''}\n`,
    );
  }
  process.exitCode = ok ? 0 : 1;
} finally {
  await place.close();
}
