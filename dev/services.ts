/**
 * Starts the services of Hubbub: MongoDB and Redis. If MONGODB_URI or REDIS_URL is set, that service is used and not
 * started.
 *
 * There are two profiles. `start` keeps its data between runs. `test` uses a separate data folder and other ports, and
 * removes its data at the end. So both can run at the same time, and tests never touch the data of `npm start`.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { cacheFolder, dataFolder, makeFolder } from './folders.ts';
import type { GuardedProcess } from './guard.ts';
import { type Lock, tryLock } from './lock.ts';
import type { Log } from './log.ts';
import { startMongo } from './mongo.ts';
import { choosePort, HOST, tryPort } from './ports.ts';
import { isAlive, readIdentity } from './processes.ts';
import { startRedis } from './redis.ts';
import type { Service, ServiceContext } from './service.ts';

const TEST_PREFIX = 'hubbub-test-';
const LOCK = 'lock';
const STOP_MS = 4_500;

export interface Services {
  mongodbUri: string;
  redisUrl: string;
  /** Resolves with a message when one of them ends unexpectedly. */
  crashed: Promise<string>;
  /** Stops the services that were started here, within the timeout, by SIGKILL if necessary. */
  stop(timeoutMs?: number): Promise<void>;
}

export interface BringUpOptions {
  profile: 'start' | 'test';
  log: Log;
  /** Aborts the start and stops the services that already run. */
  signal?: AbortSignal;
}

export async function bringUp({ profile, log, signal }: BringUpOptions): Promise<Services> {
  const { MONGODB_URI, REDIS_URL } = process.env;
  if (MONGODB_URI && REDIS_URL) {
    return {
      mongodbUri: MONGODB_URI,
      redisUrl: REDIS_URL,
      crashed: new Promise(() => undefined),
      stop: async () => {},
    };
  }
  const data = profile === 'start' ? makeFolder(dataFolder(), 'HUBBUB_DATA') : testFolder();
  const lock = acquireLock(data);
  const running: Pick<GuardedProcess, 'stop'>[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (timeoutMs = STOP_MS) => {
    stopping ??= stopAll(running, lock, timeoutMs).finally(() => {
      if (profile === 'test') rmSync(data, { recursive: true, force: true });
    });
    return stopping;
  };
  const context: ServiceContext = {
    profile,
    data,
    cache: cacheFolder(),
    log,
    signal,
    allocatePort: async (preferred, what) =>
      profile === 'start' ? choosePort(preferred, what, log) : ((await tryPort(0, HOST)) ?? preferred),
    onStarted: (process) => void running.push(process),
  };
  try {
    const [redis, mongo] = await startAll(
      REDIS_URL ? undefined : () => startRedis(context),
      MONGODB_URI ? undefined : () => startMongo(context),
    );
    const watched = [redis, mongo].filter((service) => service !== undefined);
    return {
      mongodbUri: MONGODB_URI || (mongo?.url ?? ''),
      redisUrl: REDIS_URL || (redis?.url ?? ''),
      crashed: Promise.race(
        watched.map((service) => waitForCrash(service, () => stopping !== undefined, data)),
      ),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts all in parallel. If one fails, it still waits for the others, so that they can be stopped. */
async function startAll(
  ...starters: ((() => Promise<Service>) | undefined)[]
): Promise<(Service | undefined)[]> {
  const results = await Promise.allSettled(starters.map((start) => start?.()));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
}

async function waitForCrash(service: Service, stopping: () => boolean, data: string): Promise<string> {
  const code = await service.exited;
  // A requested stop is no crash.
  if (stopping()) return new Promise(() => undefined);
  return `${service.name} ended unexpectedly (code ${code}); its log is in ${data}`;
}

function acquireLock(data: string): Lock {
  const lock = tryLock(join(data, LOCK));
  if (typeof lock === 'number')
    throw new Failure(
      `Hubbub is already running (pid ${lock}) with the data in ${data}: stop it, or set HUBBUB_DATA to another folder.`,
    );
  return lock;
}

async function stopAll(
  running: Pick<GuardedProcess, 'stop'>[],
  lock: Lock,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  // Stops the bridge before the database that it uses.
  for (const process of running.toReversed()) await process.stop(Math.max(100, deadline - Date.now()));
  lock.release();
}

/** Creates a folder for this run, and removes the folders of killed runs. */
function testFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(TEST_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const owner = readIdentity(join(folder, LOCK));
    if (owner && !isAlive(owner)) rmSync(folder, { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), TEST_PREFIX));
}
