/**
 * One owner at a time: a file that names the process holding it. Whoever finds it held by a process that is no
 * longer there takes it over.
 */
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { Failure, messageOf } from './failure.ts';
import { isAlive, markOf, readMark } from './processes.ts';

export interface Lock {
  release(): void;
}

/** The lock, or the pid of its owner. */
export function tryLock(path: string): Lock | number {
  const mine = `${path}.${process.pid}`;
  try {
    writeFileSync(mine, JSON.stringify(markOf(process.pid)));
  } catch (error) {
    throw new Failure(`Can't write ${mine}: ${messageOf(error)}`);
  }
  try {
    for (;;) {
      try {
        // A link appears with its content in it, and only if there is none yet.
        linkSync(mine, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readMark(path);
      if (owner && isAlive(owner)) return owner.pid;
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}
