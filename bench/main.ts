/**
 * `npm run bench [-- [load | --profile NAME] [--json] [--quick]]`: measures the hub and, for comparison, the bare work. See
 * README.md.
 */
import { parseArgs } from 'node:util';
import { findChromium } from '../dev/chromium.ts';
import { until } from '../dev/until.ts';
import type { Bench, Section } from './bench.ts';
import { startChild } from './child.ts';
import { HubClient } from './client.ts';
import { type BenchEnvironment, openEnvironment, versions } from './environment.ts';
import { type Figure, isWithinLimit, machine, table } from './figures.ts';
import { type Profile, profileTable, withProfiles } from './profiles.ts';
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
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});

/** Fairness under load runs only by name: it takes minutes and the whole machine. */
const isLoad = positionals[0] === 'load';

/** The sections that need no browser, in the order in which they run. `--profile` runs one of them by name. */
const sections = new Map<string, Section>([
  ['latency', latency],
  ['fanout', fanout],
  ['ingest', ingest],
  ['backfill', backfill],
  ['store', store],
]);

const progress = (line: string) => process.stderr.write(`${line}\n`);

async function selectSections(): Promise<Section[]> {
  if (isLoad) return [overload, crowd];
  if (options.profile !== undefined) {
    const section = sections.get(options.profile);
    if (section !== undefined) return [section];
    progress(`Unknown section ${options.profile}. The sections are ${[...sections.keys()].join(', ')}.`);
    process.exit(2);
  }
  const chromium = await findChromium(progress);
  if (chromium !== undefined) return [...sections.values(), (bench) => inbox(bench, chromium)];
  progress('skipping the inbox: no Chromium found');
  return [...sections.values()];
}

async function measure(
  environment: BenchEnvironment,
  selected: readonly Section[],
  sizes: Sizes,
): Promise<{ figures: Figure[]; profiles?: Profile[] }> {
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
  const run = async () => {
    const figures: Figure[] = [];
    for (const section of selected) figures.push(...(await section(bench)));
    return figures;
  };
  try {
    if (options.profile === undefined) return { figures: await run() };
    const { result: figures, profiles } = await withProfiles(options.profile, bench, run);
    return { figures, profiles };
  } finally {
    await gateway.stop();
    await worker.stop();
  }
}

const sizes = options.quick ? quickSizes : fullSizes;
const selected = await selectSections();
const started = performance.now();
const environment = await openEnvironment();
try {
  const { database, redis } = await versions(environment);
  const machineInfo = machine(database, redis);
  const { figures, profiles } = await measure(environment, selected, sizes);
  const seconds = Math.round((performance.now() - started) / 1_000);
  const ok = figures.every(isWithinLimit);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ok, quick: options.quick, seconds, machine: machineInfo, sizes, figures, profiles })}\n`,
    );
  } else {
    const summary = `${machineInfo.processor}, ${machineInfo.cores} cores, load ${machineInfo.load} before, Node ${machineInfo.node}, ${machineInfo.database}, Redis ${machineInfo.redis}`;
    process.stdout.write(
      `\n${[table(figures), ...(profiles ?? []).map(profileTable)].join('\n')}\n${summary}; took ${seconds} s${options.quick ? ', quick' : ''}\n`,
    );
  }
  process.exitCode = ok ? 0 : 1;
} finally {
  await environment.close();
}
