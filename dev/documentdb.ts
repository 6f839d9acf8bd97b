/**
 * DocumentDB, for machines where no mongod is to be had: PostgreSQL with an extension that has MongoDB's
 * operations, from Debian's own packages, in a private root under the cache. Nothing of the host is changed.
 *
 * It runs in namespaces of its own for mounts, processes and shared memory, so that when the one process which
 * holds them ends, everything in them is gone. It listens on a socket in a folder that only root can enter,
 * never on a port.
 */
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { canInstall, installPackage } from './debian.ts';
import { Failure, messageOf } from './failure.ts';
import { makeFolder } from './folders.ts';
import { type Guarded, runGuarded, untilReady } from './guard.ts';
import { tryLock } from './lock.ts';
import { withProgress } from './log.ts';
import type { Place } from './service.ts';
import { onPath, runStep } from './steps.ts';

const ROOT = 'documentdb-18';
const PACKAGE = 'postgresql-18-documentdb';
const BIN = '/usr/lib/postgresql/18/bin';
const NAMESPACES = ['unshare', '--mount', '--pid', '--ipc', '--fork', '--kill-child'];
const START_MS = 60_000;

const SETTINGS: Record<string, string> = {
  listen_addresses: '',
  unix_socket_directories: '/mnt/socket',
  unix_socket_permissions: '0700',
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb',
  // The extension and the job scheduler (index builds, TTL) connect to their own server, by default over TCP.
  'documentdb.localhost_connection_string': 'host=/mnt/socket',
  'cron.host': '/mnt/socket',
  'cron.database_name': 'postgres',
  max_connections: '300',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // All of it is in memory here, and PostgreSQL should plan for that.
  random_page_cost: '1.1',
  // Starting parallel workers costs more than they save on a machine that the hub itself keeps busy.
  max_parallel_workers_per_gather: '0',
  // Concurrent upserts of one key deadlock on the way, and are run again: don't wait a second for that.
  deadlock_timeout: '50ms',
};

/** What a test run writes is thrown away. */
const TEST_SETTINGS: Record<string, string> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

/** In the namespaces: mounts, a data folder made in one step, then PostgreSQL in the place of the shell. */
const RUN = `set -e
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

/** The root that an earlier run has completed. */
export function cachedRoot(cache: string): string | undefined {
  const root = join(cache, ROOT);
  return process.getuid?.() === 0 && existsSync(join(root, BIN, 'postgres')) ? root : undefined;
}

export async function canBuildRoot(): Promise<boolean> {
  if (!canInstall() || !onPath('unshare')) return false;
  // In a container without the capability there are no namespaces to be had.
  return runStep('unshare', [...NAMESPACES.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).then(
    () => true,
    () => false,
  );
}

/** Builds the root under a temporary name: the real name stands for a complete one. */
export async function buildRoot(place: Place): Promise<string> {
  const { cache, log, signal } = place;
  const lock = await buildLock(place);
  try {
    const done = cachedRoot(cache);
    if (done) return done;
    if (!onPath('mmdebstrap')) await installPackage('mmdebstrap', log, signal);
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
        runStep('mmdebstrap', [...args, 'sid', building], { signal }),
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

/** Where another start builds it at this moment, its work is waited for. */
async function buildLock({ cache, log, signal }: Place) {
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
  process: Guarded;
}

export async function startPostgres(root: string, place: Place): Promise<Postgres> {
  const data = makeFolder(join(place.data, 'documentdb'), 'HUBBUB_DATA');
  const { uid, gid } = userIn(root);
  // Its path must fit into the 107 bytes of a socket address, so not in the data folder.
  const socketFolder = makeSocketFolder();
  for (const folder of [data, socketFolder]) chownSync(folder, uid, gid);
  const settings = { ...SETTINGS, ...(place.profile === 'test' ? TEST_SETTINGS : {}) };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = join(place.data, 'documentdb.log');
  const guarded = await runGuarded({
    command: ['sh', '-c', RUN, 'run', root, data, socketFolder, `${uid}:${gid}`, ...flags],
    signal: 'INT',
    inside: NAMESPACES,
    output: { file: logFile },
    pidFile: join(place.data, 'documentdb.pid'),
  });
  const removeSocket = () => rmSync(socketFolder, { recursive: true, force: true });
  guarded.exited.then(removeSocket, removeSocket);
  place.started(guarded);
  const ready = () => accepts(socketFolder);
  await untilReady('DocumentDB', guarded, ready, { logFile, timeoutMs: START_MS, signal: place.signal });
  return { socketFolder, process: guarded };
}

/** Named after its process, so that those of processes that were killed can be cleared away. */
function makeSocketFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^hubbub-pg-(\d+)-/.exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `hubbub-pg-${process.pid}-`));
}

function userIn(root: string): { uid: number; gid: number } {
  const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync(join(root, 'etc/passwd'), 'utf8'));
  if (!line) throw new Failure(`${root} is damaged: delete it, and it is fetched again.`);
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** The extension is there from the first start on, and brought up to date with the root after that. */
async function accepts(host: string): Promise<boolean> {
  const client = new pg.Client({ host, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS documentdb CASCADE');
    return true;
  } finally {
    await client.end();
  }
}
