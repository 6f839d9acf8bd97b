/** The processes that a guard guards, without the guard's own shell and what that uses to wait. */
import { readFileSync } from 'node:fs';
import type { Guarded } from '../../dev/guard.ts';
import { descendantsOf } from '../../dev/processes.ts';

const GUARDS_OWN = new Set(['sh', 'dash', 'bash', 'cat', 'sleep', 'unshare']);

export function signalBelow(guarded: Guarded | undefined, signal: NodeJS.Signals): void {
  if (!guarded?.running()) return;
  for (const pid of descendantsOf(guarded.pid)) {
    if (GUARDS_OWN.has(nameOf(pid))) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
