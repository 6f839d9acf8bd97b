/**
 * A process of the hub, or of the bare path, started by the benchmark. It says `ready` once and answers questions;
 * `stop` asks it to end and kills it after ten seconds.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Question, type Telling, tellings } from './messages.ts';

const READY_MS = 60_000;
const ANSWER_MS = 60_000;
const STOP_MS = 10_000;

export interface Child {
  /** Where it listens; empty where it listens nowhere. */
  url: string;
  pid: number;
  heap(): Promise<{ used: number; peak: number }>;
  /** Asks and waits for an answer of this kind, which may take as long as given. */
  ask<K extends Telling['kind']>(
    question: Question,
    kind: K,
    milliseconds: number,
  ): Promise<Extract<Telling, { kind: K }>>;
  stop(): Promise<void>;
}

export async function startChild(file: string, env: NodeJS.ProcessEnv): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, {
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx', '--expose-gc'],
    // What it logs goes to stderr: stdout is the benchmark's answer.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ready = await told(child, 'ready', READY_MS);
  return {
    url: ready.url ?? '',
    pid: child.pid ?? 0,
    heap: () => request(child, { kind: 'heap' }, 'heap', ANSWER_MS),
    ask: (question, kind, milliseconds) => request(child, question, kind, milliseconds),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      ask(child, { kind: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function request<K extends Telling['kind']>(
  child: ChildProcess,
  question: Question,
  kind: K,
  milliseconds: number,
): Promise<Extract<Telling, { kind: K }>> {
  const answer = told(child, kind, milliseconds);
  ask(child, question);
  return await answer;
}

function ask(child: ChildProcess, question: Question): void {
  child.send(question);
}

/** The next message of this kind; an error when the process ends or stays silent. */
function told<K extends Telling['kind']>(
  child: ChildProcess,
  kind: K,
  milliseconds: number,
): Promise<Extract<Telling, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: unknown) => {
      const telling = tellings.parse(message);
      if (!isKind(telling, kind)) return;
      done();
      resolve(telling);
    };
    const onExit = (code: number | null, signal: string | null) => {
      done();
      reject(new Error(`${child.spawnfile} ended (${signal ?? code}) instead of saying ${kind}`));
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`a process did not say ${kind} within ${milliseconds / 1_000} s`));
    }, milliseconds);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

const isKind = <K extends Telling['kind']>(
  telling: Telling,
  kind: K,
): telling is Extract<Telling, { kind: K }> => telling.kind === kind;
