/** A Chromium for the browser tests: given, found or installed. */
import { canInstall, installPackage } from './debian.ts';
import { Failure } from './failure.ts';
import type { Log } from './log.ts';
import { isProgram, onPath } from './steps.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PLACES = ['/usr/bin/chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** Its path; without one, says so and leaves it to the tests that need it. */
export async function findChromium(log: Log, signal?: AbortSignal): Promise<string | undefined> {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (isProgram(given)) return given;
    throw new Failure(`CHROMIUM_PATH names no program: ${given}`);
  }
  const found = search();
  if (found) return found;
  if (canInstall()) {
    await installPackage('chromium', log, signal);
    return search();
  }
  log('No Chromium found, so the browser tests will fail: install chromium or set CHROMIUM_PATH.');
  return undefined;
}

function search(): string | undefined {
  return PLACES.find(isProgram) ?? onPath(...NAMES);
}
