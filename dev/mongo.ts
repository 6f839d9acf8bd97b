/**
 * A MongoDB of our own, or what stands in for it, in this order: a mongod on PATH; what an earlier run has
 * cached; a mongod downloaded by mongodb-memory-server; DocumentDB from Debian behind the bridge.
 */
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRoot, cachedRoot, canBuildRoot, startPostgres } from './documentdb.ts';
import { Failure, messageOf } from './failure.ts';
import { makeFolder } from './folders.ts';
import { runGuarded, untilReady } from './guard.ts';
import { withProgress } from './log.ts';
import { answers } from './ports.ts';
import type { Place, Service } from './service.ts';
import { isProgram, onPath } from './steps.ts';

const DEFAULT_PORT = 27390;
const START_MS = 60_000;
const DOWNLOADED = 'mongodb';

export async function startMongo(place: Place): Promise<Service> {
  const mongod = onPath('mongod') ?? cachedMongod(place.cache);
  if (mongod) return startMongod(mongod, place);
  const root = cachedRoot(place.cache);
  if (root) return startDocumentDb(root, place);
  const download = await downloadMongod(place);
  if (typeof download === 'string') return startMongod(download, place);
  if (await canBuildRoot()) return startDocumentDb(await buildRoot(place), place);
  throw new Failure(
    `No MongoDB to be had (${download.reason}): install mongod, or set MONGODB_URI (docker run -p 27017:27017 mongo:7).`,
  );
}

/** The folder gets this name when the program in it is complete. */
function cachedMongod(cache: string): string | undefined {
  const folder = join(cache, DOWNLOADED);
  if (!existsSync(folder)) return undefined;
  const programs = readdirSync(folder).filter((name) => /^mongod[-.]/.test(name));
  return programs.map((name) => join(folder, name)).find(isProgram);
}

/** The path of the program, or why there is none. A download that was broken off is taken up again. */
async function downloadMongod(place: Place): Promise<string | { reason: string }> {
  const complete = join(makeFolder(place.cache, 'HUBBUB_CACHE'), DOWNLOADED);
  const partial = `${complete}.part`;
  // Only the archive is worth keeping: a program there may be half unpacked.
  if (existsSync(partial)) {
    for (const name of readdirSync(partial)) if (/^mongod[-.]/.test(name)) rmSync(join(partial, name));
  }
  try {
    await withProgress(place.log, 'Downloading MongoDB', async () => {
      const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js');
      await MongoBinary.getPath({ downloadDir: partial });
    });
    rmSync(complete, { recursive: true, force: true });
    renameSync(partial, complete);
  } catch (error) {
    place.signal?.throwIfAborted();
    place.log('MongoDB could not be downloaded here.');
    if (existsSync(partial) && readdirSync(partial).length === 0) rmdirSync(partial);
    return { reason: messageOf(error).split('\n')[0] ?? '' };
  }
  return cachedMongod(place.cache) ?? { reason: `the download in ${complete} holds no program` };
}

async function startMongod(program: string, place: Place): Promise<Service> {
  const folder = makeFolder(join(place.data, 'mongodb'), 'HUBBUB_DATA');
  const port = await place.port(DEFAULT_PORT, 'MongoDB');
  const logFile = join(place.data, 'mongodb.log');
  const args = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
  const mongod = await runGuarded({
    command: [program, ...args],
    signal: 'TERM',
    output: { file: logFile },
    pidFile: join(place.data, 'mongodb.pid'),
  });
  place.started(mongod);
  await untilReady('MongoDB', mongod, () => answers(port), {
    logFile,
    timeoutMs: START_MS,
    signal: place.signal,
  });
  return { url: `mongodb://127.0.0.1:${port}`, name: `MongoDB (${program})`, exited: mongod.exited };
}

async function startDocumentDb(root: string, place: Place): Promise<Service> {
  const port = await place.port(DEFAULT_PORT, 'MongoDB');
  const { socketFolder, process: postgres } = await startPostgres(root, place);
  const logFile = join(place.data, 'bridge.log');
  const main = fileURLToPath(new URL('./bridge/main.ts', import.meta.url));
  const bridge = await runGuarded({
    command: [process.execPath, '--import', import.meta.resolve('tsx'), main],
    signal: 'TERM',
    env: { ...process.env, BRIDGE_PORT: String(port), BRIDGE_POSTGRES: socketFolder },
    output: { file: logFile },
  });
  place.started(bridge);
  await untilReady('The bridge', bridge, () => answers(port), {
    logFile,
    timeoutMs: START_MS,
    signal: place.signal,
  });
  const exited = Promise.race([postgres.exited, bridge.exited]);
  return { url: `mongodb://127.0.0.1:${port}`, name: 'DocumentDB behind a bridge', exited };
}
