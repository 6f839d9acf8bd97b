/**
 * A lock file with the id of its owner process. If that process has ended, the next process takes the lock over.
 */
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { Failure, messageOf } from './failure.ts';
import { identifyProcess, isAlive, readIdentity } from './processes.ts';

export interface Lock {
  release(): void;
}

/** Returns the lock, or the process id of its owner. */
export function tryLock(path: string): Lock | number {
  const ownFile = `${path}.${process.pid}`;
  try {
    writeFileSync(ownFile, JSON.stringify(identifyProcess(process.pid)));
  } catch (error) {
    throw new Failure(`Can't write ${ownFile}: ${messageOf(error)}`);
  }
  try {
    for (;;) {
      try {
        // Linking is atomic: it fails if the lock file exists, and the file is complete at once.
        linkSync(ownFile, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readIdentity(path);
      if (owner && isAlive(owner)) return owner.pid;
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(ownFile, { force: true });
  }
}
