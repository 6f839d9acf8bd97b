/**
 * Measures how much of a core each process used, so that a missed limit on a busy machine can be explained. Linux only.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Figure } from '../figures.ts';

/** Ticks per second in `/proc`, which is constant on Linux. */
const TICKS = 100;
/** Indexes of the idle times in `/proc/stat`: user, nice, system, idle, iowait and others. */
const IDLE = [3, 4];

export interface CpuWatch {
  /** Average cores of each process since the start, and `others`: databases and other programs. */
  stop(): Record<string, number>;
}

export function watchCpu(processes: Readonly<Record<string, number>>): CpuWatch {
  const started = performance.now();
  const before = Object.entries(processes).map(([name, pid]) => ({ name, pid, ticks: ticksOf(pid) }));
  const busyBefore = busyTicks();
  return {
    stop() {
      const seconds = (performance.now() - started) / 1_000;
      const shares = before.map(
        ({ name, pid, ticks }) => [name, (ticksOf(pid) - ticks) / TICKS / seconds] as const,
      );
      const all = (busyTicks() - busyBefore) / TICKS / seconds;
      const known = shares.reduce((sum, [, share]) => sum + share, 0);
      return { ...Object.fromEntries(shares), others: Math.max(0, all - known) };
    },
  };
}

/** A line such as `2 cores: gateway 0.61, worker 0.82`. */
export const cpuLine = (shares: Readonly<Record<string, number>>): string =>
  `${availableParallelism()} cores: ${Object.entries(shares)
    .map(([name, share]) => `${name} ${share.toFixed(2)}`)
    .join(', ')}`;

export const cpuFigures = (section: string, shares: Readonly<Record<string, number>>): Figure[] =>
  Object.entries(shares).map(([name, hub]) => ({
    name: `${section}.cpu.${name}`,
    title: `cores used: ${name}`,
    unit: '',
    hub,
  }));

function ticksOf(pid: number): number {
  // The name in parentheses may contain blanks. User and system time are the 12th and 13th field after it.
  const [, after = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const fields = after.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function busyTicks(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return fields.reduce((sum, ticks, index) => (IDLE.includes(index) ? sum : sum + ticks), 0);
}
