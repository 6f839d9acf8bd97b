/**
 * Detects from a separate thread that the main thread is blocked, because a handler that loops after an `await` cannot be
 * interrupted. The thread finds the blocking handler through the inspector, opens its circuit in all processes, and kills this
 * process. The supervisor starts a new one. V8 could interrupt the loop, but would also drop every promise the hub awaits.
 */
import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import { handlerScope } from '../core/handlers/scope.ts';
import { hasApplicationCode } from '../core/settings.ts';
import { CurrentCall } from './current-call.ts';
import { errorLine } from './error-record.ts';

const BEAT_MS = 250;

export interface WatchdogData {
  /** Heartbeat counter. It grows while the main thread runs. */
  beats: Int32Array;
  call: Pick<CurrentCall, 'memory' | 'process'>;
  redisUrl: string;
  name: string;
}

/** Name of the global function that returns the current handler call to the thread. */
export const SCOPE_SYMBOL = 'hubbub.handler';

/**
 * Does nothing if the configuration has no code, or if a debugger is attached, which may pause the main thread. Returns the
 * monitor for calls that may crash the process before the thread can inspect it.
 */
export function startWatchdog({ settings, redisUrl }: Config, name: string): CurrentCall | undefined {
  if (!hasApplicationCode(settings) || inspectorUrl() !== undefined) return undefined;
  const describeCall = () => JSON.stringify(handlerScope.getStore()?.call ?? null);
  Object.defineProperty(globalThis, Symbol.for(SCOPE_SYMBOL), { value: describeCall });
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const call = new CurrentCall();
  const thread = startThread({ beats, call: { memory: call.memory, process: call.process }, redisUrl, name });
  thread.unref();
  thread.on('error', (error) => process.stderr.write(`watchdog stopped: ${errorLine(error)}\n`));
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
  return call;
}

/** Also works from source: a thread does not inherit the main thread's TypeScript loader. */
function startThread(workerData: WatchdogData): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource) return new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData });
  const file = JSON.stringify(new URL('./watchdog-thread.ts', import.meta.url).href);
  const jiti = JSON.stringify(import.meta.resolve('jiti'));
  const load = `import(${jiti}).then(({ createJiti }) => createJiti(${file}, { fsCache: false }).import(${file}))`;
  return new Worker(load, { eval: true, workerData });
}
