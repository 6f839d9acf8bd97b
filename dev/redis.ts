/** A Redis of our own: found or installed, with its own port and data folder, append-only file on. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { canInstall, installPackage } from './debian.ts';
import { Failure } from './failure.ts';
import { makeFolder } from './folders.ts';
import { runGuarded, untilReady } from './guard.ts';
import type { Place, Service } from './service.ts';
import { onPath } from './steps.ts';

const DEFAULT_PORT = 6390;
const START_MS = 60_000;

export interface RedisOptions {
  /** Settings of Redis that go over those below. */
  settings?: Record<string, string>;
  /** Run Redis inside this command. */
  inside?: string[];
  env?: NodeJS.ProcessEnv;
}

export async function startRedis(place: Place, options: RedisOptions = {}): Promise<Service> {
  const program = await findRedis(place);
  const folder = makeFolder(join(place.data, 'redis'), 'HUBBUB_DATA');
  const port = await place.port(DEFAULT_PORT, 'Redis');
  const logFile = join(folder, 'redis.log');
  // What the command line doesn't set stays Redis's default; no configuration file of the system is read.
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
    inside: options.inside,
    cwd: folder,
    output: { file: logFile },
    pidFile: join(folder, 'guard.pid'),
  });
  place.started(redis);
  await untilReady('Redis', redis, () => ping(port), { logFile, timeoutMs: START_MS, signal: place.signal });
  return { url: `redis://127.0.0.1:${port}`, name: `Redis (${program})`, exited: redis.exited };
}

async function findRedis(place: Place): Promise<string> {
  const found = onPath('redis-server', 'valkey-server');
  if (found) return found;
  if (canInstall()) {
    await installPackage('redis-server', place.log, place.signal);
    const installed = onPath('redis-server', 'valkey-server');
    if (installed) return installed;
  }
  throw new Failure(
    'No Redis found: install redis-server or valkey-server, or set REDIS_URL (docker run -p 6379:6379 redis:7).',
  );
}

/** While it reads its data back in, Redis answers with an error. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
    socket.setTimeout(2_000, () => done(false));
  });
}
