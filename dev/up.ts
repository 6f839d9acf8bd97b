/**
 * Starts MongoDB and Redis for a command, or until Ctrl-C.
 *
 *   node --import tsx dev/up.ts [--profile start|test] [-- command ...]
 *
 * With a command: runs it with MONGODB_URI and REDIS_URL set, stops the services, exits with its code. Without:
 * prints both as lines for a shell. Messages go to standard error.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Failure, messageOf, reportAndExit } from './failure.ts';
import { bringUp, type Services } from './services.ts';
import { type StopRequest, stopRequest } from './signals.ts';

const USAGE = 'Usage: up.ts [--profile start|test] [-- command ...]';

function parseCommandLine() {
  const separator = process.argv.indexOf('--');
  const ownArgs = process.argv.slice(2, separator < 0 ? undefined : separator);
  const command = separator < 0 ? [] : process.argv.slice(separator + 1);
  try {
    const { profile } = parseArgs({
      args: ownArgs,
      options: { profile: { type: 'string', default: 'start' } },
    }).values;
    if (profile === 'start' || profile === 'test') return { profile, command } as const;
  } catch (error) {
    throw new Failure(`${messageOf(error)}\n${USAGE}`);
  }
  throw new Failure(USAGE);
}

/** Runs the command until it ends or a stop is requested. A crash of the services ends it too. */
function runCommand(command: readonly string[], services: Services, request: StopRequest): Promise<number> {
  const [program = '', ...args] = command;
  const env = { ...process.env, MONGODB_URI: services.mongodbUri, REDIS_URL: services.redisUrl };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env });
    child.once('error', (error) => reject(new Failure(`Can't run ${program}: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
    void request.requested.then(() => child.kill('SIGTERM'));
    void services.crashed.then((line) => {
      process.stderr.write(`${line}\n`);
      child.kill('SIGTERM');
    });
  });
}

async function waitForStop(services: Services, request: StopRequest): Promise<number> {
  process.stdout.write(`export MONGODB_URI=${services.mongodbUri}\nexport REDIS_URL=${services.redisUrl}\n`);
  const line = await Promise.race([services.crashed, request.requested]);
  if (!line) return 0;
  process.stderr.write(`${line}\n`);
  return 1;
}

async function main(): Promise<number> {
  const { profile, command } = parseCommandLine();
  const request = stopRequest();
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  let services: Services;
  try {
    services = await bringUp({ profile, log, signal: request.signal });
  } catch (error) {
    if (request.signal.aborted) return request.exitCode();
    throw error;
  }
  try {
    return await (command.length > 0
      ? runCommand(command, services, request)
      : waitForStop(services, request));
  } finally {
    await services.stop();
  }
}

main().then((code) => process.exit(code), reportAndExit);
