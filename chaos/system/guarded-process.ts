/** Signals the guarded processes, but not the guard's shell and its helpers. */
import { readFileSync } from 'node:fs';
import type { GuardedProcess } from '../../dev/guard.ts';
import { descendantsOf } from '../../dev/processes.ts';

const GUARD_PROCESSES = new Set(['sh', 'dash', 'bash', 'cat', 'sleep', 'unshare']);

export function signalGuarded(guarded: GuardedProcess | undefined, signal: NodeJS.Signals): void {
  if (!guarded?.isRunning()) return;
  for (const pid of descendantsOf(guarded.pid)) {
    if (GUARD_PROCESSES.has(nameOf(pid))) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // The process has ended.
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
