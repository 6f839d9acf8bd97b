/**
 * Notices from a thread of its own that the main thread stands still: a handler that loops behind an `await` cannot be
 * interrupted. The thread asks the inspector in whose scope the main thread is, lets that handler rest in all processes and
 * kills this one; its supervisor starts another. V8 could interrupt the loop, too, but it would drop every promise that the
 * hub itself waits for.
 */
import { url as inspectedAt } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { handlerScope } from '../core/handler-scope.ts';
import { hasCode } from '../core/settings.ts';
import type { Config } from './config.ts';
import { CurrentCall } from './current-call.ts';
import { errorLine } from './error-record.ts';

const BEAT_MS = 250;

export interface WatchdogData {
  /** Grows as long as the main thread runs. */
  beats: Int32Array;
  call: Pick<CurrentCall, 'memory' | 'process'>;
  redisUrl: string;
  name: string;
}

/** Under this name the thread finds the function that tells the scope. */
export const SCOPE = 'hubbub.handler';

/**
 * Does nothing where the configuration has no code to call, or a debugger may stop the main thread. Returns what is to be told
 * of calls that may end the process before the thread can ask.
 */
export function watchHandlers({ settings, redisUrl }: Config, name: string): CurrentCall | undefined {
  if (!hasCode(settings) || inspectedAt() !== undefined) return undefined;
  const about = () => JSON.stringify(handlerScope.getStore()?.about ?? null);
  Object.defineProperty(globalThis, Symbol.for(SCOPE), { value: about });
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const call = new CurrentCall();
  const thread = startThread({ beats, call: { memory: call.memory, process: call.process }, redisUrl, name });
  thread.unref();
  thread.on('error', (error) => process.stderr.write(`the watchdog stopped: ${errorLine(error)}\n`));
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
  return call;
}

/** From source, too: a thread does not inherit what loads TypeScript in the main thread. */
function startThread(workerData: WatchdogData): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource) return new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData });
  const file = JSON.stringify(new URL('./watchdog-thread.ts', import.meta.url).href);
  const jiti = JSON.stringify(import.meta.resolve('jiti'));
  const load = `import(${jiti}).then(({ createJiti }) => createJiti(${file}, { fsCache: false }).import(${file}))`;
  return new Worker(load, { eval: true, workerData });
}
