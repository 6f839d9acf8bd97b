/**
 * DocumentDB, for machines without a mongod: PostgreSQL with an extension that implements MongoDB's operations. It comes
 * from Debian's packages and is unpacked into a private root folder in the cache. The host stays unchanged.
 *
 * It runs in separate namespaces for mounts, processes and shared memory: when the process that holds them ends,
 * everything in them ends. It listens on a socket in a folder that only root can enter, never on a port.
 */
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { canInstall, installPackage } from './debian.ts';
import { Failure, messageOf } from './failure.ts';
import { makeFolder } from './folders.ts';
import { type GuardedProcess, runGuarded, waitUntilReady } from './guard.ts';
import { tryLock } from './lock.ts';
import { withProgress } from './log.ts';
import { findOnPath, runProgram } from './programs.ts';
import type { ServiceContext } from './service.ts';

const ROOT = 'documentdb-18';
const PACKAGE = 'postgresql-18-documentdb';
const BIN = '/usr/lib/postgresql/18/bin';
const NAMESPACES = ['unshare', '--mount', '--pid', '--ipc', '--fork', '--kill-child'];
const START_MS = 60_000;

const SETTINGS: Record<string, string> = {
  listen_addresses: '',
  unix_socket_directories: '/mnt/socket',
  unix_socket_permissions: '0700',
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb,pg_documentdb_extended_rum',
  // Indexes of this kind return documents in order. Otherwise a page of a feed reads and sorts the whole feed.
  'documentdb.alternate_index_handler_name': 'extended_rum',
  enable_sort: 'off',
  // The extension and the job scheduler (index builds, TTL) connect to their own server, by default over TCP.
  'documentdb.localhost_connection_string': 'host=/mnt/socket',
  'cron.host': '/mnt/socket',
  'cron.database_name': 'postgres',
  max_connections: '300',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // All data is in memory, and PostgreSQL should plan for that.
  random_page_cost: '1.1',
  // Parallel workers cost more than they save on a machine that the hub keeps busy.
  max_parallel_workers_per_gather: '0',
  // Concurrent upserts of one key may deadlock, and are retried: detect that in less than the default second.
  deadlock_timeout: '50ms',
};

/** The data of a test run is discarded. */
const TEST_SETTINGS: Record<string, string> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

/** Runs in the namespaces: mounts, creates the data folder atomically, then replaces the shell by PostgreSQL. */
const RUN_SCRIPT = `set -e
root=$1 data=$2 socket=$3 user=$4; shift 4
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/mnt"
mkdir "$root/mnt/data" "$root/mnt/socket"
mount --bind "$data" "$root/mnt/data"
mount --bind "$socket" "$root/mnt/socket"
cd /
if [ ! -d "$data/postgres" ]; then
  rm -rf "$data/postgres.new"
  chroot --userspec="$user" "$root" ${BIN}/initdb -D /mnt/data/postgres.new -U postgres -A trust --locale=C.UTF-8 -E UTF8
  mv "$data/postgres.new" "$data/postgres"
fi
rm -f "$data/postgres/postmaster.pid"
exec chroot --userspec="$user" "$root" ${BIN}/postgres -D /mnt/data/postgres "$@"`;

/** The root folder that an earlier run completed. */
export function cachedRoot(cache: string): string | undefined {
  const root = join(cache, ROOT);
  return process.getuid?.() === 0 && existsSync(join(root, BIN, 'postgres')) ? root : undefined;
}

export async function canBuildRoot(): Promise<boolean> {
  if (!canInstall() || !findOnPath('unshare')) return false;
  // A container without the capability cannot create namespaces.
  return runProgram('unshare', [...NAMESPACES.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).then(
    () => true,
    () => false,
  );
}

/** Builds the root folder under a temporary name: only a complete one gets the real name. */
export async function buildRoot(context: ServiceContext): Promise<string> {
  const { cache, log, signal } = context;
  const lock = await buildLock(context);
  try {
    const existing = cachedRoot(cache);
    if (existing) return existing;
    if (!findOnPath('mmdebstrap')) await installPackage('mmdebstrap', log, signal);
    for (const name of readdirSync(cache)) {
      if (name.startsWith(`${ROOT}.`) && name.endsWith('.new'))
        rmSync(join(cache, name), { recursive: true, force: true });
    }
    const building = join(cache, `${ROOT}.${process.pid}.new`);
    const aptOptions = [
      'Acquire::Check-Valid-Until "false"',
      'APT::Install-Recommends "false"',
      'Acquire::Retries "3"',
    ];
    const args = [
      '--variant=apt',
      ...aptOptions.map((option) => `--aptopt=${option}`),
      `--include=${PACKAGE}`,
    ];
    try {
      await withProgress(log, 'Fetching DocumentDB from Debian (about 200 MB, once)', () =>
        runProgram('mmdebstrap', [...args, 'sid', building], { signal }),
      );
    } catch (error) {
      rmSync(building, { recursive: true, force: true });
      signal?.throwIfAborted();
      throw new Failure(`Fetching DocumentDB failed: ${messageOf(error)}`);
    }
    renameSync(building, join(cache, ROOT));
    return join(cache, ROOT);
  } finally {
    lock.release();
  }
}

/** Waits if another process is building the root folder. */
async function buildLock({ cache, log, signal }: ServiceContext) {
  const path = join(makeFolder(cache, 'HUBBUB_CACHE'), `${ROOT}.lock`);
  const lock = tryLock(path);
  if (typeof lock !== 'number') return lock;
  return withProgress(log, `Waiting for process ${lock}, which is fetching DocumentDB`, async () => {
    for (;;) {
      await delay(200, undefined, { signal });
      const next = tryLock(path);
      if (typeof next !== 'number') return next;
    }
  });
}

export interface Postgres {
  socketFolder: string;
  process: GuardedProcess;
}

export async function startPostgres(root: string, context: ServiceContext): Promise<Postgres> {
  const data = makeFolder(join(context.data, 'documentdb'), 'HUBBUB_DATA');
  const { uid, gid } = postgresUserOf(root);
  // A socket address has at most 107 bytes, so the socket cannot be in the data folder.
  const socketFolder = makeSocketFolder();
  for (const folder of [data, socketFolder]) chownSync(folder, uid, gid);
  const settings = { ...SETTINGS, ...(context.profile === 'test' ? TEST_SETTINGS : {}) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = join(context.data, 'documentdb.log');
  const guarded = await runGuarded({
    command: ['sh', '-c', RUN_SCRIPT, 'run', root, data, socketFolder, `${uid}:${gid}`, ...flags],
    signal: 'INT',
    wrapperCommand: NAMESPACES,
    output: { file: logFile },
    pidFile: join(context.data, 'documentdb.pid'),
  });
  const removeSocket = () => rmSync(socketFolder, { recursive: true, force: true });
  guarded.exited.then(removeSocket, removeSocket);
  context.onStarted(guarded);
  const isReady = () => isAccepting(socketFolder);
  await waitUntilReady('DocumentDB', guarded, isReady, {
    logFile,
    timeoutMs: START_MS,
    signal: context.signal,
  });
  return { socketFolder, process: guarded };
}

/** The name contains the process id, so that folders of killed processes can be removed. */
function makeSocketFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^hubbub-pg-(\d+)-/.exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `hubbub-pg-${process.pid}-`));
}

function postgresUserOf(root: string): { uid: number; gid: number } {
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync(join(root, 'etc/passwd'), 'utf8'));
  if (!line) throw new Failure(`${root} is damaged: delete it to download it again.`);
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Creates the extensions at the first start. */
async function isAccepting(host: string): Promise<boolean> {
  const client = new pg.Client({ host, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS documentdb CASCADE');
    await client.query('CREATE EXTENSION IF NOT EXISTS documentdb_extended_rum CASCADE');
    return true;
  } finally {
    await client.end();
  }
}
