/** Telling processes apart: a number alone may by now belong to another one. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessMark {
  pid: number;
  /** When it started, in the kernel's own terms; empty where that can't be told (not Linux). */
  started: string;
}

export function markOf(pid: number): ProcessMark {
  return { pid, started: startOf(pid) };
}

export function isAlive(mark: ProcessMark): boolean {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(mark.pid) === mark.started;
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which is in brackets and may hold anything, field 22 overall; a zombie has ended.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

export function readMark(path: string): ProcessMark | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? { pid, started: String(started) } : undefined;
  } catch {
    return undefined;
  }
}

/** The processes below one, parents before children, without itself. Linux only: elsewhere the list is empty. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirOf('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = level.flatMap((each) => children.get(each) ?? []);
    found.push(...level);
  }
  return found;
}

function readdirOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has ended.
    return undefined;
  }
}
