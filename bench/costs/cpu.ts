/** CPU time of processes, from `/proc`. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second in `/proc`, which is constant on Linux. */
const TICKS = 100;

interface ProcessFacts {
  pid: number;
  parent: number;
  /** CPU seconds of the process. */
  cpu: number;
}

/** `null` if the process has ended. */
function factsOf(pid: number): ProcessFacts | null {
  try {
    // The name in parentheses may contain blanks. The parent follows the state; user and system time are ten fields later.
    const [, after = ''] = /\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = after.split(' ');
    return { pid, parent: Number(fields[1]), cpu: (Number(fields[11]) + Number(fields[12])) / TICKS };
  } catch {
    return null;
  }
}

export const cpuOf = (pid: number): number => factsOf(pid)?.cpu ?? 0;

export const residentKib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** CPU seconds of the processes below a process, without those below `except`. */
export function cpuBelow(root: number, except: number): number {
  const children = new Map<number, ProcessFacts[]>();
  for (const name of readdirSync('/proc')) {
    const facts = /^\d+$/.test(name) ? factsOf(Number(name)) : null;
    if (facts) children.set(facts.parent, [...(children.get(facts.parent) ?? []), facts]);
  }
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce(
      (total, child) => (child.pid === except ? total : total + child.cpu + sum(child.pid)),
      0,
    );
  return sum(root);
}
