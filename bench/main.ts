/**
 * `npm run bench [-- [SECTION … | load] [--profile SECTION] [--json | --markdown] [--quick]]`: measures the hub and, for comparison, the bare
 * work. See README.md.
 */
import { parseArgs } from 'node:util';
import { until } from '../dev/until.ts';
import type { Bench, Section } from './bench.ts';
import { startChild } from './child.ts';
import { HubClient } from './client.ts';
import { type BenchEnvironment, openEnvironment, versions } from './environment.ts';
import { type Figure, failedFigure, isPassed, type Machine, machine, table } from './figures.ts';
import { markdownTable } from './markdown.ts';
import { type Profile, profileTable, withProfiles } from './profiles.ts';
import { loadSections, sections } from './sections.ts';
import { fullSizes, quickSizes, type Sizes } from './sizes.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const isLoad = positionals.includes('load');

const progress = (line: string) => process.stderr.write(`${line}\n`);

function selectSections(): ReadonlyMap<string, Section> {
  if (isLoad) return loadSections;
  const names = options.profile === undefined ? positionals : [options.profile];
  const unknown = names.find((name) => !sections.has(name));
  if (unknown !== undefined) {
    progress(`Unknown section ${unknown}. The sections are ${[...sections.keys()].join(', ')}.`);
    process.exit(2);
  }
  return names.length === 0 ? sections : new Map([...sections].filter(([name]) => names.includes(name)));
}

function selectSizes(): Sizes {
  if (options.quick) return quickSizes;
  // A million trackers take a minute to create.
  const isNamed = positionals.includes('audiences');
  return isNamed ? { ...fullSizes, audiences: [...fullSizes.audiences, 1_000_000] } : fullSizes;
}

/** A section that fails is a row that fails the run. The others run. */
async function runSections(selected: ReadonlyMap<string, Section>, bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, section] of selected) {
    const started = performance.now();
    try {
      figures.push(...(await section(bench)));
    } catch (error) {
      progress(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      figures.push(failedFigure(name, error instanceof Error ? error.message : String(error)));
    }
    progress(`${name} took ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  }
  return figures;
}

async function measure(
  environment: BenchEnvironment,
  selected: ReadonlyMap<string, Section>,
  sizes: Sizes,
): Promise<{ figures: Figure[]; profiles?: Profile[] }> {
  const { profile } = options;
  const uri = new URL(environment.env.MONGODB_URI);
  // The profile counts the commands of the driver.
  if (profile !== undefined) uri.searchParams.set('monitorCommands', 'true');
  const env = {
    ...environment.env,
    MONGODB_URI: uri.href,
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
    // Thousands of clients have an address each.
    HUBBUB_TRUST_PROXY: '1',
    // The clients log as fast as possible.
    ...(!isLoad && { HUBBUB_RATE_LIMIT: 'log=100000/s, call=100000/s' }),
  };
  const startWorker = () => startChild('hub/worker.ts', env);
  const startGateway = async () => {
    const started = await startChild('hub/gateway.ts', env);
    // It listens before it has connected to its databases.
    await until(async () => (await fetch(`${started.url}/readyz`)).ok, 'the gateway is ready');
    return started;
  };
  const worker = await startWorker();
  const gateway = await startGateway();
  const hub = new HubClient(gateway.url, environment.env.HUBBUB_JWT_SECRET);
  const isProfiled = profile !== undefined;
  const processes = { gateway, worker, startGateway, startWorker, isProfiled };
  const bench: Bench = { hub, ...processes, environment, sizes, progress };
  try {
    if (profile === undefined) return { figures: await runSections(selected, bench) };
    const { result: figures, profiles } = await withProfiles(profile, bench, () =>
      runSections(selected, bench),
    );
    return { figures, profiles };
  } finally {
    await gateway.stop();
    await worker.stop();
  }
}

const summary = (found: Machine, seconds: number): string =>
  `${found.processor}, ${found.cores} cores, ${found.memoryGiB} GiB, load ${found.load} before, Node ${found.node}, ` +
  `${found.database}, Redis ${found.redis}; took ${seconds} s${options.quick ? ', quick' : ''}`;

const sizes = selectSizes();
const selected = selectSections();
const started = performance.now();
const environment = await openEnvironment();
try {
  const { database, redis } = await versions(environment);
  const machineInfo = machine(database, redis);
  const { figures, profiles } = await measure(environment, selected, sizes);
  const seconds = Math.round((performance.now() - started) / 1_000);
  const ok = figures.every(isPassed);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ ok, quick: options.quick, seconds, machine: machineInfo, sizes, figures, profiles })}\n`,
    );
  } else {
    const tables = [
      options.markdown ? markdownTable(figures) : table(figures),
      ...(profiles ?? []).map(profileTable),
    ];
    process.stdout.write(`\n${tables.join('\n')}\n${summary(machineInfo, seconds)}\n`);
  }
  process.exitCode = ok ? 0 : 1;
} finally {
  await environment.close();
}
