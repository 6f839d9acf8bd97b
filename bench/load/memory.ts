/** Samples the memory of processes. Linux only. */
import { readFileSync } from 'node:fs';

const SAMPLE_MS = 250;
const MIB = 1_024;

export interface MemoryWatch {
  /** The peak of each process since the start, in MiB. */
  stop(): Record<string, number>;
}

export function watchMemory(processes: Readonly<Record<string, number>>): MemoryWatch {
  const peaks: Record<string, number> = {};
  const sample = () => {
    for (const [name, pid] of Object.entries(processes)) {
      peaks[name] = Math.max(peaks[name] ?? 0, residentKib(pid) / MIB);
    }
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return peaks;
    },
  };
}

function residentKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}
