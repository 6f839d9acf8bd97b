/**
 * `npm test`: starts MongoDB and Redis for the tests, finds a Chromium, runs vitest with the command line's arguments,
 * and exits with its code.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findChromium } from './chromium.ts';
import { reportAndExit } from './failure.ts';
import { runGuarded } from './guard.ts';
import { bringUp, type Services } from './services.ts';
import { type StopRequest, stopRequest } from './signals.ts';

const log = (line: string) => void process.stderr.write(`${line}\n`);

async function runTests(
  services: Services,
  chromium: string | undefined,
  request: StopRequest,
): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    MONGODB_URI: services.mongodbUri,
    REDIS_URL: services.redisUrl,
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
  };
  const tests = await runGuarded({
    command: [process.execPath, vitest, 'run', ...process.argv.slice(2)],
    env,
    signal: 'TERM',
    output: 'inherit',
  });
  const crash = services.crashed.then((line) => {
    log(line);
    return 1;
  });
  const stopped = request.requested.then(() => request.exitCode() || 1);
  try {
    return await Promise.race([tests.exited, crash, stopped]);
  } finally {
    await tests.stop();
  }
}

async function main(): Promise<number> {
  const request = stopRequest();
  let services: Services | undefined;
  try {
    services = await bringUp({ profile: 'test', log, signal: request.signal });
    const chromium = await findChromium(log, request.signal);
    return await runTests(services, chromium, request);
  } catch (error) {
    if (request.signal.aborted) return request.exitCode() || 1;
    throw error;
  } finally {
    await services?.stop();
  }
}

main().then((code) => process.exit(code), reportAndExit);
