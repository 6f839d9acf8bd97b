/** Starts Redis, found on PATH or installed, with its own port and data folder and an append-only file. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { canInstall, installPackage } from './debian.ts';
import { Failure } from './failure.ts';
import { makeFolder } from './folders.ts';
import { runGuarded, waitUntilReady } from './guard.ts';
import { findOnPath } from './programs.ts';
import type { Service, ServiceContext } from './service.ts';

const DEFAULT_PORT = 6390;
const START_MS = 60_000;

export interface RedisOptions {
  /** Settings of Redis that override the ones below. */
  settings?: Record<string, string>;
  /** Run Redis inside this command. */
  wrapperCommand?: string[];
  env?: NodeJS.ProcessEnv;
}

export async function startRedis(context: ServiceContext, options: RedisOptions = {}): Promise<Service> {
  const program = await findRedis(context);
  const folder = makeFolder(join(context.data, 'redis'), 'HUBBUB_DATA');
  const port = await context.allocatePort(DEFAULT_PORT, 'Redis');
  const logFile = join(folder, 'redis.log');
  // Other settings keep Redis's defaults: Redis reads no configuration file.
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const redis = await runGuarded({
    command: [program, ...args],
    signal: 'TERM',
    env: options.env,
    wrapperCommand: options.wrapperCommand,
    cwd: folder,
    output: { file: logFile },
    pidFile: join(folder, 'guard.pid'),
  });
  context.onStarted(redis);
  await waitUntilReady('Redis', redis, () => ping(port), {
    logFile,
    timeoutMs: START_MS,
    signal: context.signal,
  });
  return { url: `redis://127.0.0.1:${port}`, name: `Redis (${program})`, exited: redis.exited };
}

async function findRedis(context: ServiceContext): Promise<string> {
  const found = findOnPath('redis-server', 'valkey-server');
  if (found) return found;
  if (canInstall()) {
    await installPackage('redis-server', context.log, context.signal);
    const installed = findOnPath('redis-server', 'valkey-server');
    if (installed) return installed;
  }
  throw new Failure(
    'No Redis found: install redis-server or valkey-server, or set REDIS_URL (docker run -p 6379:6379 redis:7).',
  );
}

/** Redis returns an error while it loads its data. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const finish = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once('data', (data) => finish(data.toString().startsWith('+PONG')));
    socket.once('error', () => finish(false));
    socket.setTimeout(2_000, () => finish(false));
  });
}
