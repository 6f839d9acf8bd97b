/**
 * Runs a service that cannot outlive its parent.
 *
 *   parent ──pipe── guard (sh) ── service
 *
 * The guard is a shell in its own session, so that Ctrl-C in the terminal reaches only the parent, which stops all services
 * in order. The guard reads from a pipe that only the parent holds. When the pipe closes, because the parent closed it or
 * was killed, the service gets its signal, and four seconds later SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { identifyProcess, isAlive, readIdentity } from './processes.ts';

const STOP_MS = 4_500;

const GUARD = `exec 3<&0 </dev/null
signal=$1; shift
"$@" 3<&- &
service=$!
exec 2>/dev/null
( cat <&3 >/dev/null
  kill -$signal $service
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    sleep 0.2; kill -0 $service || exit 0
  done
  kill -KILL $service ) &
watch=$!
wait $service; status=$?
kill $watch
exit $status`;

export interface GuardOptions {
  command: string[];
  /** The stop signal of the service, without SIG. */
  signal: 'TERM' | 'INT';
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** A command that wraps the guard. */
  wrapperCommand?: string[];
  /** The destination of its output: a new file, a callback for lines, or the parent's output. */
  output: { file: string } | { line: (line: string) => void } | 'inherit';
  /** Stores the guard's process id, so that a later start can wait until it has stopped. */
  pidFile?: string;
}

export interface GuardedProcess {
  /** The process id of the guard; the service is one of its descendants. */
  pid: number;
  /** The exit code of the service; 128 + n after signal n. */
  exited: Promise<number>;
  isRunning(): boolean;
  /** Stops the service within the timeout, by SIGKILL if necessary. */
  stop(timeoutMs?: number): Promise<void>;
}

export async function runGuarded(options: GuardOptions): Promise<GuardedProcess> {
  const { command, signal, wrapperCommand = [], output, pidFile } = options;
  if (pidFile) await waitForStale(pidFile);
  const file = typeof output === 'object' && 'file' in output ? openSync(output.file, 'w') : undefined;
  const target = output === 'inherit' ? 'inherit' : (file ?? 'pipe');
  const [first = 'sh', ...rest] = [...wrapperCommand, 'sh', '-c', GUARD, 'guard', signal, ...command];
  const child = spawn(first, rest, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['pipe', target, target],
  });
  if (file !== undefined) closeSync(file);
  if (typeof output === 'object' && 'line' in output)
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, output.line);
  // The service may end before the pipe is closed.
  child.stdin?.on('error', () => undefined);
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      child.stdin?.destroy();
      killGroup(child);
      if (pidFile) rmSync(pidFile, { force: true });
    });
    // 'close' comes after the last line of output.
    child.once('close', (code) => resolve(code ?? 137));
  });
  // A caller that awaits `exited` gets the error. Without a caller it must not end this process.
  exited.catch(() => undefined);
  if (pidFile && child.pid) writeFileSync(pidFile, JSON.stringify(identifyProcess(child.pid)));
  return {
    pid: child.pid ?? 0,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async stop(timeoutMs = STOP_MS) {
      child.stdin?.end();
      const ended = await Promise.race([exited.then(() => true), delay(timeoutMs, false, { ref: false })]);
      if (!ended) killGroup(child);
      await exited;
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The process group has already ended.
  }
}

/** Waits for the guard of an earlier run whose parent was killed: its service must end before the data is opened again. */
async function waitForStale(pidFile: string): Promise<void> {
  const identity = readIdentity(pidFile);
  const deadline = Date.now() + STOP_MS + 500;
  while (identity && isAlive(identity) && Date.now() < deadline) await delay(50);
  if (identity && isAlive(identity)) process.kill(-identity.pid, 'SIGKILL');
  rmSync(pidFile, { force: true });
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (text: string) => void): void {
  let partial = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    for (const text of lines) onLine(text);
  });
  stream?.on('end', () => partial && onLine(partial));
}

/** Waits until a service is ready. If it exits instead, throws a Failure with the last error of its log. */
export async function waitUntilReady(
  name: string,
  service: GuardedProcess,
  isReady: () => Promise<boolean>,
  options: { logFile: string; timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  while (!(await isReady())) {
    options.signal?.throwIfAborted();
    if (!service.isRunning())
      throw new Failure(`${name} did not start: ${lastErrorLine(options.logFile)} (${options.logFile})`);
    if (Date.now() > deadline) {
      throw new Failure(`${name} was not ready within ${options.timeoutMs / 1000} s (${options.logFile})`);
    }
    await delay(25);
  }
}

/** The log line that most likely contains the reason. */
export function lastErrorLine(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  const errorLines = lines.filter((line) => /fatal|error|denied|can't|cannot|failed|no space/i.test(line));
  return (errorLines.at(-1) ?? lines.at(-1) ?? '').trim() || 'no output';
}
