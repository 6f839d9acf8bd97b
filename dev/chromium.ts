/** Finds a Chromium for the browser tests: configured, on PATH, or installed. */
import { canInstall, installPackage } from './debian.ts';
import { Failure } from './failure.ts';
import type { Log } from './log.ts';
import { findOnPath, isProgram } from './programs.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const KNOWN_PATHS = ['/usr/bin/chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** Returns its path. Without a Chromium it logs a warning, and the browser tests fail. */
export async function findChromium(log: Log, signal?: AbortSignal): Promise<string | undefined> {
  const configured = process.env.CHROMIUM_PATH;
  if (configured) {
    if (isProgram(configured)) return configured;
    throw new Failure(`CHROMIUM_PATH names no program: ${configured}`);
  }
  const found = findInstalled();
  if (found) return found;
  if (canInstall()) {
    await installPackage('chromium', log, signal);
    return findInstalled();
  }
  log('No Chromium found, so the browser tests will fail: install chromium or set CHROMIUM_PATH.');
  return undefined;
}

function findInstalled(): string | undefined {
  return KNOWN_PATHS.find(isProgram) ?? findOnPath(...NAMES);
}
