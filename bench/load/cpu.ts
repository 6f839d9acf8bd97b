/**
 * How much of a core each process took, as the operating system counts it, so that a figure missed on a busy machine says who
 * was busy. Linux only.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Figure } from '../figures.ts';

/** Ticks of the kernel's accounts per second, which Linux fixes for programs. */
const TICKS = 100;
/** In `/proc/stat`: user, nice, system, idle, iowait and others. */
const IDLE = [3, 4];

export interface CpuWatch {
  /** Cores that each process took since the start, on average, and `others`: databases and whatever else ran. */
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

/** For people: `2 cores: gateway 0.61, worker 0.82`. */
export const cpuLine = (shares: Readonly<Record<string, number>>): string =>
  `${availableParallelism()} cores: ${Object.entries(shares)
    .map(([name, share]) => `${name} ${share.toFixed(2)}`)
    .join(', ')}`;

export const cpuFigures = (section: string, shares: Readonly<Record<string, number>>): Figure[] =>
  Object.entries(shares).map(([name, hub]) => ({
    name: `${section}.cpu.${name}`,
    title: `cores taken: ${name}`,
    unit: '',
    hub,
  }));

function ticksOf(pid: number): number {
  // The name in parentheses may hold blanks; user and system time are the 12th and 13th field behind it.
  const [, after = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const fields = after.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function busyTicks(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return fields.reduce((sum, ticks, index) => (IDLE.includes(index) ? sum : sum + ticks), 0);
}
