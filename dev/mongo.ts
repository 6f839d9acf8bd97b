/**
 * Starts MongoDB or a replacement, in this order: a mongod on PATH; a cached download; a mongod downloaded by
 * mongodb-memory-server; DocumentDB from Debian with the bridge.
 */
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRoot, cachedRoot, canBuildRoot, startPostgres } from './documentdb.ts';
import { rebuildUnorderedIndexes } from './documentdb-indexes.ts';
import { Failure, messageOf } from './failure.ts';
import { makeFolder } from './folders.ts';
import { runGuarded, waitUntilReady } from './guard.ts';
import { withProgress } from './log.ts';
import { isListening } from './ports.ts';
import { findOnPath, isProgram } from './programs.ts';
import type { Service, ServiceContext } from './service.ts';

const DEFAULT_PORT = 27390;
const START_MS = 60_000;
const DOWNLOADED = 'mongodb';

export async function startMongo(context: ServiceContext): Promise<Service> {
  const mongod = findOnPath('mongod') ?? cachedMongod(context.cache);
  if (mongod) return startMongod(mongod, context);
  const root = cachedRoot(context.cache);
  if (root) return startDocumentDb(root, context);
  const download = await downloadMongod(context);
  if (typeof download === 'string') return startMongod(download, context);
  if (await canBuildRoot()) return startDocumentDb(await buildRoot(context), context);
  throw new Failure(
    `No MongoDB found (${download.reason}): install mongod, or set MONGODB_URI (docker run -p 27017:27017 mongo:7).`,
  );
}

/** The folder gets this name when the download is complete. */
function cachedMongod(cache: string): string | undefined {
  const folder = join(cache, DOWNLOADED);
  if (!existsSync(folder)) return undefined;
  const programs = readdirSync(folder).filter((name) => /^mongod[-.]/.test(name));
  return programs.map((name) => join(folder, name)).find(isProgram);
}

/** Returns the path of the program, or the reason why there is none. Resumes an interrupted download. */
async function downloadMongod(context: ServiceContext): Promise<string | { reason: string }> {
  const complete = join(makeFolder(context.cache, 'HUBBUB_CACHE'), DOWNLOADED);
  const partial = `${complete}.part`;
  // Keeps only the archive: a program may be partly unpacked.
  if (existsSync(partial)) {
    for (const name of readdirSync(partial)) if (/^mongod[-.]/.test(name)) rmSync(join(partial, name));
  }
  try {
    await withProgress(context.log, 'Downloading MongoDB', async () => {
      const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js');
      await MongoBinary.getPath({ downloadDir: partial });
    });
    rmSync(complete, { recursive: true, force: true });
    renameSync(partial, complete);
  } catch (error) {
    context.signal?.throwIfAborted();
    context.log('Cannot download MongoDB.');
    if (existsSync(partial) && readdirSync(partial).length === 0) rmdirSync(partial);
    return { reason: messageOf(error).split('\n')[0] ?? '' };
  }
  return cachedMongod(context.cache) ?? { reason: `the download in ${complete} holds no program` };
}

async function startMongod(program: string, context: ServiceContext): Promise<Service> {
  const folder = makeFolder(join(context.data, 'mongodb'), 'HUBBUB_DATA');
  const port = await context.allocatePort(DEFAULT_PORT, 'MongoDB');
  const logFile = join(context.data, 'mongodb.log');
  const args = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
  const mongod = await runGuarded({
    command: [program, ...args],
    signal: 'TERM',
    output: { file: logFile },
    pidFile: join(context.data, 'mongodb.pid'),
  });
  context.onStarted(mongod);
  await waitUntilReady('MongoDB', mongod, () => isListening(port), {
    logFile,
    timeoutMs: START_MS,
    signal: context.signal,
  });
  return { url: `mongodb://127.0.0.1:${port}`, name: `MongoDB (${program})`, exited: mongod.exited };
}

async function startDocumentDb(root: string, context: ServiceContext): Promise<Service> {
  const port = await context.allocatePort(DEFAULT_PORT, 'MongoDB');
  const { socketFolder, process: postgres } = await startPostgres(root, context);
  const logFile = join(context.data, 'bridge.log');
  const main = fileURLToPath(new URL('./bridge/main.ts', import.meta.url));
  const bridge = await runGuarded({
    command: [process.execPath, '--import', import.meta.resolve('tsx'), main],
    signal: 'TERM',
    env: { ...process.env, BRIDGE_PORT: String(port), BRIDGE_POSTGRES: socketFolder },
    output: { file: logFile },
  });
  context.onStarted(bridge);
  await waitUntilReady('The bridge', bridge, () => isListening(port), {
    logFile,
    timeoutMs: START_MS,
    signal: context.signal,
  });
  const url = `mongodb://127.0.0.1:${port}`;
  await rebuildUnorderedIndexes(url, socketFolder, context.log);
  const exited = Promise.race([postgres.exited, bridge.exited]);
  return { url, name: 'DocumentDB behind a bridge', exited };
}
