import { type Browser, chromium } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** The Chromium that `npm test` found, or Debian's. The caller closes it. */
export function launchChromium(
  executablePath = process.env.CHROMIUM_PATH || '/usr/bin/chromium',
): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags });
}
