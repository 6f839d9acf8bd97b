/** Installing packages where that is possible without asking: on Debian, as root. */
import { existsSync, readFileSync } from 'node:fs';
import { Failure, messageOf } from './failure.ts';
import { type Log, withProgress } from './log.ts';
import { onPath, runStep } from './steps.ts';

export function canInstall(): boolean {
  return process.getuid?.() === 0 && isDebian() && onPath('apt-get') !== undefined;
}

export function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Another apt-get that is running is waited for. `RUNLEVEL=1` makes Debian's own scripts leave the package's
 * system service alone: what is installed here is run by us, on ports and data of our own.
 */
export function installPackage(name: string, log: Log, signal?: AbortSignal): Promise<void> {
  const turn = queue.then(() => install(name, log, signal));
  queue = turn.catch(() => undefined);
  return turn;
}

/** apt-get does one thing at a time, and so does whoever reads what it is doing. */
let queue: Promise<unknown> = Promise.resolve();

async function install(name: string, log: Log, signal?: AbortSignal): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', '-y'];
  const aptGet = (...args: string[]) => runStep('apt-get', [...options, ...args], { env, signal });
  const withSystemd = existsSync('/run/systemd/system');
  await withProgress(log, `Installing Debian's ${name}`, async () => {
    try {
      await aptGet('install', name).catch(async () => {
        signal?.throwIfAborted();
        // The lists of packages are missing or old.
        await aptGet('update');
        await aptGet('install', name);
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Failure(`Installing Debian's ${name} failed: ${messageOf(error)}`);
    }
    if (withSystemd) await runStep('systemctl', ['disable', '--now', name]).catch(() => undefined);
  });
}
