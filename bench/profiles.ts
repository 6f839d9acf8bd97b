/** CPU profiles of the hub's processes during a measurement, as files and as tables, and their commands to the databases. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.ts';
import type { Child } from './child.ts';
import { alignColumns } from './figures.ts';
import type { CallCounts, ProfileSummary } from './messages.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = join(ROOT, '.hubbub', 'profiles');
const START_MS = 10_000;
/** A profile of minutes has tens of megabytes. */
const STOP_MS = 120_000;

export interface Profile extends ProfileSummary {
  process: string;
  /** Relative to the repository. */
  file: string;
  calls: CallCounts;
  /** Actions that the gateway accepted meanwhile. */
  actions: number;
}

/** Profiles the gateway and the worker while `work` runs. */
export async function withProfiles<T>(
  name: string,
  { gateway, worker }: Pick<Bench, 'gateway' | 'worker'>,
  work: () => Promise<T>,
): Promise<{ result: T; profiles: Profile[] }> {
  await mkdir(FOLDER, { recursive: true });
  const children = Object.entries({ gateway, worker });
  for (const [, child] of children) await child.request({ kind: 'profile' }, 'profiling', START_MS);
  const acceptedBefore = await acceptedActions(gateway.url);
  const result = await work();
  const actions = (await acceptedActions(gateway.url)) - acceptedBefore;
  // All stop before the first one is written: the profile of a process must not include the wait for another.
  const profiles = await Promise.all(
    children.map(([process, child]) =>
      stopProfile(child, process, join(FOLDER, `${name}-${process}.cpuprofile`), actions),
    ),
  );
  return { result, profiles };
}

async function stopProfile(child: Child, process: string, file: string, actions: number): Promise<Profile> {
  const { summary, calls } = await child.request({ kind: 'stop-profile', file }, 'profiled', STOP_MS);
  return { process, file: relative(ROOT, file), ...summary, calls, actions };
}

async function acceptedActions(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^hubbub_actions_accepted_total (\d+)/m.exec(text)?.[1] ?? 0);
}

const headings = ['self ms', 'share', 'total ms', 'function', 'file'];

function formatMs(value: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

export function profileTable(profile: Profile): string {
  const { process, file, recordedMs, busyMs, functions } = profile;
  const rows = functions.map(({ name, location, selfMs, share, totalMs }) => [
    formatMs(selfMs),
    `${(share * 100).toFixed(1)} %`,
    formatMs(totalMs),
    name,
    location,
  ]);
  const title = `${process}: busy for ${formatMs(busyMs)} of ${formatMs(recordedMs)} ms, ${file}`;
  return `${title}\n${alignColumns([headings, ...rows], (column) => column >= 3)}${callLines(profile)}`;
}

/** A line for each database, such as `redis: 3.02 commands per action: evalsha 2.01, publish 1.00`. */
function callLines({ calls, actions }: Profile): string {
  const isPerAction = actions > 0;
  const format = (count: number) => (isPerAction ? (count / actions).toFixed(2) : String(count));
  return Object.entries(calls)
    .map(([database, counts]) => {
      const commands = Object.entries(counts).sort(([, left], [, right]) => right - left);
      const total = commands.reduce((sum, [, count]) => sum + count, 0);
      const unit = isPerAction ? `commands per action (${actions.toLocaleString('en')})` : 'commands';
      const listed = commands.map(([command, count]) => `${command} ${format(count)}`).join(', ');
      return `${database}: ${format(total)} ${unit}: ${listed}\n`;
    })
    .join('');
}
