/** CPU profiles of the hub's processes during a measurement, as files and as tables. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.ts';
import type { Child } from './child.ts';
import { alignColumns } from './figures.ts';
import type { ProfileSummary } from './messages.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = join(ROOT, '.hubbub', 'profiles');
const START_MS = 10_000;
/** A profile of minutes has tens of megabytes. */
const STOP_MS = 120_000;

export interface Profile extends ProfileSummary {
  process: string;
  /** Relative to the repository. */
  file: string;
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
  const result = await work();
  // All stop before the first one is written: the profile of a process must not include the wait for another.
  const profiles = await Promise.all(
    children.map(([process, child]) =>
      stopProfile(child, process, join(FOLDER, `${name}-${process}.cpuprofile`)),
    ),
  );
  return { result, profiles };
}

async function stopProfile(child: Child, process: string, file: string): Promise<Profile> {
  const { summary } = await child.request({ kind: 'stop-profile', file }, 'profiled', STOP_MS);
  return { process, file: relative(ROOT, file), ...summary };
}

const headings = ['self ms', 'share', 'total ms', 'function', 'file'];

function formatMs(value: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

export function profileTable({ process, file, recordedMs, busyMs, functions }: Profile): string {
  const rows = functions.map(({ name, location, selfMs, share, totalMs }) => [
    formatMs(selfMs),
    `${(share * 100).toFixed(1)} %`,
    formatMs(totalMs),
    name,
    location,
  ]);
  const title = `${process}: busy for ${formatMs(busyMs)} of ${formatMs(recordedMs)} ms, ${file}`;
  return `${title}\n${alignColumns([headings, ...rows], (column) => column >= 3)}`;
}
