/**
 * Runs a service so that it can't outlive its parent.
 *
 *   parent ──pipe── guard (sh) ── service
 *
 * The guard is a shell in a session of its own, so that Ctrl-C in the terminal reaches nobody but the parent,
 * which stops things in order. It reads from a pipe that only the parent holds: when the pipe closes, because
 * the parent says so or because it was killed, the service gets its signal, and four seconds later SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { isAlive, markOf, readMark } from './processes.ts';

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
  /** What asks the service to stop, without SIG. */
  signal: 'TERM' | 'INT';
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Run the guard and all below it inside this command. */
  inside?: string[];
  /** Where its output goes: a file, made anew; lines; or where the parent's goes. */
  output: { file: string } | { line: (line: string) => void } | 'inherit';
  /** Remembers the guard, so that a later start can wait for one that is still stopping. */
  pidFile?: string;
}

export interface Guarded {
  /** Of the guard; the service is among its descendants. */
  pid: number;
  /** Its exit code; 128 + n where signal n ended it. */
  exited: Promise<number>;
  running(): boolean;
  /** Within the time given it has ended, by force if need be. */
  stop(withinMs?: number): Promise<void>;
}

export async function runGuarded(options: GuardOptions): Promise<Guarded> {
  const { command, signal, inside = [], output, pidFile } = options;
  if (pidFile) await awaitStale(pidFile);
  const file = typeof output === 'object' && 'file' in output ? openSync(output.file, 'w') : undefined;
  const target = output === 'inherit' ? 'inherit' : (file ?? 'pipe');
  const [first = 'sh', ...rest] = [...inside, 'sh', '-c', GUARD, 'guard', signal, ...command];
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
    // After its last line has been read.
    child.once('close', (code) => resolve(code ?? 137));
  });
  // Whoever awaits it gets the error; unawaited it must not end the process.
  exited.catch(() => undefined);
  if (pidFile && child.pid) writeFileSync(pidFile, JSON.stringify(markOf(child.pid)));
  return {
    pid: child.pid ?? 0,
    exited,
    running: () => child.exitCode === null && child.signalCode === null,
    async stop(withinMs = STOP_MS) {
      child.stdin?.end();
      const ended = await Promise.race([exited.then(() => true), delay(withinMs, false, { ref: false })]);
      if (!ended) killGroup(child);
      await exited;
    },
  };
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

/** A guard whose parent was killed is on its way out; its service must be gone before the data is opened again. */
async function awaitStale(pidFile: string): Promise<void> {
  const mark = readMark(pidFile);
  const deadline = Date.now() + STOP_MS + 500;
  while (mark && isAlive(mark) && Date.now() < deadline) await delay(50);
  if (mark && isAlive(mark)) process.kill(-mark.pid, 'SIGKILL');
  rmSync(pidFile, { force: true });
}

function eachLine(stream: NodeJS.ReadableStream | null, line: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const each of lines) line(each);
  });
  stream?.on('end', () => rest && line(rest));
}

/** Waits until a service answers; where it ends instead, says why in its own last words. */
export async function untilReady(
  name: string,
  service: Guarded,
  ready: () => Promise<boolean>,
  options: { logFile: string; timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  while (!(await ready())) {
    options.signal?.throwIfAborted();
    if (!service.running())
      throw new Failure(`${name} did not start: ${lastWords(options.logFile)} (${options.logFile})`);
    if (Date.now() > deadline) {
      throw new Failure(`${name} did not answer within ${options.timeoutMs / 1000} s (${options.logFile})`);
    }
    await delay(25);
  }
}

/** The line of a log that most likely tells the reason. */
export function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  const telling = lines.filter((line) => /fatal|error|denied|can't|cannot|failed|no space/i.test(line));
  return (telling.at(-1) ?? lines.at(-1) ?? '').trim() || 'it said nothing';
}
