/**
 * A process of the hub or of the bare path, started by the benchmark. It sends `ready` once and replies to commands. `stop`
 * ends it, and kills it after ten seconds.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Command, type Reply, replySchema } from './messages.ts';

const READY_MS = 60_000;
const REPLY_MS = 60_000;
const STOP_MS = 10_000;

export interface Child {
  /** The URL where it listens; empty if it does not listen. */
  url: string;
  pid: number;
  heap(): Promise<{ used: number; peak: number }>;
  /** Sends a command and waits for a reply of this kind, up to the given time. */
  request<K extends Reply['kind']>(
    command: Command,
    kind: K,
    milliseconds: number,
  ): Promise<Extract<Reply, { kind: K }>>;
  stop(): Promise<void>;
}

export async function startChild(file: string, env: NodeJS.ProcessEnv): Promise<Child> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, {
    env: { ...process.env, ...env },
    execArgv: ['--import', 'tsx', '--expose-gc'],
    // Logs go to stderr, because stdout is the benchmark's result.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ready = await waitForReply(child, 'ready', READY_MS);
  return {
    url: ready.url ?? '',
    pid: child.pid ?? 0,
    heap: () => request(child, { kind: 'heap' }, 'heap', REPLY_MS),
    request: (command, kind, milliseconds) => request(child, command, kind, milliseconds),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      sendCommand(child, { kind: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

async function request<K extends Reply['kind']>(
  child: ChildProcess,
  command: Command,
  kind: K,
  milliseconds: number,
): Promise<Extract<Reply, { kind: K }>> {
  const reply = waitForReply(child, kind, milliseconds);
  sendCommand(child, command);
  return await reply;
}

function sendCommand(child: ChildProcess, command: Command): void {
  child.send(command);
}

/** The next message of this kind. Rejects when the process ends or sends nothing in time. */
function waitForReply<K extends Reply['kind']>(
  child: ChildProcess,
  kind: K,
  milliseconds: number,
): Promise<Extract<Reply, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (message: unknown) => {
      const reply = replySchema.parse(message);
      if (!isKind(reply, kind)) return;
      done();
      resolve(reply);
    };
    const onExit = (code: number | null, signal: string | null) => {
      done();
      reject(new Error(`${child.spawnfile} ended (${signal ?? code}) before sending ${kind}`));
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error(`a process did not send ${kind} within ${milliseconds / 1_000} s`));
    }, milliseconds);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

const isKind = <K extends Reply['kind']>(reply: Reply, kind: K): reply is Extract<Reply, { kind: K }> =>
  reply.kind === kind;
