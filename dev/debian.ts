/** Installs packages where no confirmation is needed: on Debian, as root. */
import { existsSync, readFileSync } from 'node:fs';
import { Failure, messageOf } from './failure.ts';
import { type Log, withProgress } from './log.ts';
import { findOnPath, runProgram } from './programs.ts';

export function canInstall(): boolean {
  return process.getuid?.() === 0 && isDebian() && findOnPath('apt-get') !== undefined;
}

export function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Waits for another apt-get that is running. `RUNLEVEL=1` keeps Debian's scripts from starting the package's system
 * service: Hubbub runs the program itself, with its own ports and data.
 */
export function installPackage(name: string, log: Log, signal?: AbortSignal): Promise<void> {
  const installation = queue.then(() => install(name, log, signal));
  queue = installation.catch(() => undefined);
  return installation;
}

/** Installations run one after another, because apt-get takes a lock. */
let queue: Promise<unknown> = Promise.resolve();

async function install(name: string, log: Log, signal?: AbortSignal): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', '-y'];
  const aptGet = (...args: string[]) => runProgram('apt-get', [...options, ...args], { env, signal });
  const withSystemd = existsSync('/run/systemd/system');
  await withProgress(log, `Installing Debian's ${name}`, async () => {
    try {
      await aptGet('install', name).catch(async () => {
        signal?.throwIfAborted();
        // The package lists are missing or outdated.
        await aptGet('update');
        await aptGet('install', name);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Failure(`Installing Debian's ${name} failed: ${messageOf(error)}`);
    }
    if (withSystemd) await runProgram('systemctl', ['disable', '--now', name]).catch(() => undefined);
  });
}
