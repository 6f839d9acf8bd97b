/**
 * Brings up what Hubbub needs: MongoDB and Redis. Where MONGODB_URI or REDIS_URL is set, that one is used as it
 * is and not brought up.
 *
 * Two profiles: `start` keeps its data from run to run; `test` has a data folder and ports of its own and removes
 * the data afterwards, so that both can run at the same time and tests never touch what `npm start` shows.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { cacheFolder, dataFolder, makeFolder } from './folders.ts';
import type { Guarded } from './guard.ts';
import { type Lock, tryLock } from './lock.ts';
import type { Log } from './log.ts';
import { startMongo } from './mongo.ts';
import { choosePort, HOST, tryPort } from './ports.ts';
import { isAlive, readMark } from './processes.ts';
import { startRedis } from './redis.ts';
import type { Place, Service } from './service.ts';

const TEST_PREFIX = 'hubbub-test-';
const LOCK = 'lock';
const STOP_MS = 4_500;

export interface Services {
  mongodbUri: string;
  redisUrl: string;
  /** Resolves with a line when one of them ends although nobody stopped it. */
  crashed: Promise<string>;
  /** Stops what was started here, nothing else; within the time given, by force if need be. */
  stop(withinMs?: number): Promise<void>;
}

export interface BringUpOptions {
  profile: 'start' | 'test';
  log: Log;
  /** Gives up and stops what is already running. */
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
  const lock = takeLock(data);
  const running: Pick<Guarded, 'stop'>[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (withinMs = STOP_MS) => {
    stopping ??= stopAll(running, lock, withinMs).finally(() => {
      if (profile === 'test') rmSync(data, { recursive: true, force: true });
    });
    return stopping;
  };
  const place: Place = {
    profile,
    data,
    cache: cacheFolder(),
    log,
    signal,
    port: async (preferred, what) =>
      profile === 'start' ? choosePort(preferred, what, log) : ((await tryPort(0, HOST)) ?? preferred),
    started: (process) => void running.push(process),
  };
  try {
    const [redis, mongo] = await both(
      REDIS_URL ? undefined : () => startRedis(place),
      MONGODB_URI ? undefined : () => startMongo(place),
    );
    const watched = [redis, mongo].filter((service) => service !== undefined);
    return {
      mongodbUri: MONGODB_URI || (mongo?.url ?? ''),
      redisUrl: REDIS_URL || (redis?.url ?? ''),
      crashed: Promise.race(watched.map((service) => endOf(service, () => stopping !== undefined, data))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Both at once; where one fails, the other is awaited all the same, so that it can be stopped. */
async function both(...starters: ((() => Promise<Service>) | undefined)[]): Promise<(Service | undefined)[]> {
  const results = await Promise.allSettled(starters.map((start) => start?.()));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
}

async function endOf(service: Service, stopping: () => boolean, data: string): Promise<string> {
  const code = await service.exited;
  // Ended because it was asked to: that is no news.
  if (stopping()) return new Promise(() => undefined);
  return `${service.name} ended unexpectedly (code ${code}); its log is in ${data}`;
}

function takeLock(data: string): Lock {
  const lock = tryLock(join(data, LOCK));
  if (typeof lock === 'number')
    throw new Failure(
      `Hubbub is already running (pid ${lock}) with the data in ${data}: stop it, or set HUBBUB_DATA to another folder.`,
    );
  return lock;
}

async function stopAll(running: Pick<Guarded, 'stop'>[], lock: Lock, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  // The bridge goes before the database that it uses.
  for (const process of running.toReversed()) await process.stop(Math.max(100, deadline - Date.now()));
  lock.release();
}

/** A folder of its own for each run; those of runs that were killed are cleared away. */
function testFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(TEST_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const owner = readMark(join(folder, LOCK));
    if (owner && !isAlive(owner)) rmSync(folder, { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), TEST_PREFIX));
}
