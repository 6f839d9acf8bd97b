/**
 * `npm start`: starts MongoDB and Redis unless they are configured, runs a gateway with the demo page and a worker, prints
 * the URL, and stops everything at Ctrl-C within five seconds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hostInUrl, isLoopback, LOOPBACK } from '../config/host.ts';
import { redact } from '../infra/error-record.ts';
import { Failure, reportAndExit } from './failure.ts';
import { dataFolder } from './folders.ts';
import type { Log } from './log.ts';
import { isListening, tryPort } from './ports.ts';
import { jwtSecret, secretFile } from './secret.ts';
import { bringUp, type Services } from './services.ts';
import { type StopRequest, stopRequest } from './signals.ts';
import { supervise } from './supervisor.ts';

const PROCESSES = { gateway: '../demo/gateway.ts', worker: '../workers/main.ts' };
const READY_MS = 60_000;
/** Stopping may take five seconds: the hub's processes get most of them, the services the rest. */
const STOP_MS = 4_900;
const STOP_PROCESSES_MS = 4_000;

/** The host of the gateway. Its demo gives tokens to everyone, so by default only this machine can reach it. */
const host = (): string => process.env.HUBBUB_HOST || LOOPBACK;

async function choosePort(): Promise<number> {
  const setting = process.env.PORT || '3000';
  const port = Number(setting);
  if (!/^\d+$/.test(setting) || port > 65_535)
    throw new Failure(`PORT must be a number up to 65535, not "${setting}".`);
  // Browsers may use either address for localhost, and the port may be free at only one of them.
  const taken = port > 0 && ((await isListening(port, '127.0.0.1')) || (await isListening(port, '::1')));
  const free = taken ? undefined : await tryPort(port, host());
  if (!free) throw new Failure(`Port ${port} is in use: stop what uses it, or set PORT to another one.`);
  return free;
}

/** Dependencies in the gateway's readiness, with their settings. */
const dependencies = { mongodb: 'MongoDB (MONGODB_URI)', redis: 'Redis (REDIS_URL)' };

/** Waits until the gateway is ready, which includes MongoDB and Redis. */
async function waitUntilReady(port: number, request: StopRequest): Promise<void> {
  const deadline = Date.now() + READY_MS;
  let missing = '';
  while (Date.now() < deadline) {
    request.signal.throwIfAborted();
    const response = await fetch(`http://${hostInUrl(host())}:${port}/readyz`, {
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined);
    const state = (await response?.json().catch(() => undefined)) as
      | Partial<Record<string, unknown>>
      | undefined;
    if (response?.status === 200) return;
    const unavailable = Object.entries(dependencies).filter(([name]) => state?.[name] === 'unavailable');
    missing = unavailable.map(([, setting]) => `; ${setting} is unavailable`).join('');
    await delay(100);
  }
  throw new Failure(`The gateway was not ready within ${READY_MS / 1000} s${missing}.`);
}

async function runHub(port: number, services: Services, request: StopRequest, log: Log): Promise<void> {
  const { mongodbUri, redisUrl } = services;
  const env = {
    ...process.env,
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    PORT: String(port),
    HUBBUB_HOST: host(),
    HUBBUB_JWT_SECRET: jwtSecret(),
    HUBBUB_DEMO: '1',
  };
  log('Starting Hubbub …');
  const tsx = import.meta.resolve('tsx');
  const children = Object.entries(PROCESSES).map(([name, file]) => {
    const command = [process.execPath, '--import', tsx, fileURLToPath(new URL(file, import.meta.url))];
    return supervise({ name, command, env }, log);
  });
  const failures = [
    ...children.map((child) => child.failed),
    services.crashed.then((line) => new Failure(line)),
  ];
  try {
    const startFailure = await Promise.race([...failures, waitUntilReady(port, request)]);
    if (startFailure) throw startFailure;
    for (const child of children) child.markStarted();
    log(banner(port, services));
    const runFailure = await Promise.race([...failures, request.requested]);
    if (runFailure) throw runFailure;
    log('Stopping …');
  } finally {
    await Promise.all(children.map((child) => child.stop(STOP_PROCESSES_MS)));
  }
}

function banner(port: number, { mongodbUri, redisUrl }: Services): string {
  return [
    '',
    `  Hubbub is running:  http://${displayHost()}:${port}`,
    '',
    `  MongoDB  ${redact(mongodbUri)}`,
    `  Redis    ${redact(redisUrl)}`,
    `  Data     ${dataFolder()}`,
    `  Secret   ${process.env.HUBBUB_JWT_SECRET ? 'from HUBBUB_JWT_SECRET' : `cat ${shellQuote(secretFile())}`}`,
    '',
    '  Ctrl-C stops everything that was started here.',
    '',
  ].join('\n');
}

function displayHost(): string {
  const reachableHost = hostInUrl(host());
  return isLoopback(reachableHost) ? 'localhost' : reachableHost;
}

/** Quotes a path for a shell, if necessary. */
const shellQuote = (path: string): string =>
  /^[\w/.@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

async function main(): Promise<number> {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) {
    throw new Failure(
      `npm start takes no arguments, such as ${argument}: PORT and the other settings are environment variables.`,
    );
  }
  const request = stopRequest();
  const log: Log = (line) => void process.stdout.write(`${line}\n`);
  let services: Services | undefined;
  try {
    const port = await choosePort();
    log('Starting MongoDB and Redis …');
    services = await bringUp({ profile: 'start', log, signal: request.signal });
    await runHub(port, services, request, log);
  } catch (error) {
    if (!request.signal.aborted) throw error;
  } finally {
    const remainingMs = request.requestedAt() + STOP_MS - Date.now();
    await services?.stop(request.signal.aborted ? Math.max(300, remainingMs) : undefined);
  }
  return request.signal.aborted && !services ? request.exitCode() : 0;
}

main().then((code) => process.exit(code), reportAndExit);
