/**
 * Keeps the faults of the application's own code (handlers, `visible`, the configuration module) from ending the process.
 *
 * An error that nobody caught is the fault of the handler in whose scope it was thrown: that handler is told and the process
 * goes on. Any other uncaught exception is a defect of the hub, after which nothing can be trusted: it is logged and the
 * process exits with 1. A restart loses nothing.
 */
import { type HandlerCall, handlerScope } from '../core/handler-scope.ts';
import { errorLine } from './error-record.ts';
import type { Logger } from './log.ts';

export type FaultLog = Pick<Logger, 'error' | 'fatal'>;

/** To be called once, before the configuration is loaded. `log` returns the process's logger, or null before it exists. */
export function containFaults(log: () => FaultLog | null): void {
  const exit = refuseToEndTheProcess();
  keepScopeOfMicrotasks();
  process.on('uncaughtException', (error) => {
    const call = handlerScope.getStore();
    if (call) return call.stray(error);
    const known = log();
    if (known) known.fatal({ err: error }, 'uncaught exception');
    else process.stderr.write(`${errorLine(error)}\n`);
    exit(1);
  });
  process.on('unhandledRejection', (error) => {
    const call = handlerScope.getStore();
    if (call) call.stray(error);
    else log()?.error({ err: error }, 'a promise was rejected that nobody waits for');
  });
}

/** Makes the calls that end the process throw in a handler. Returns the original `process.exit`. */
function refuseToEndTheProcess(): (code: number) => never {
  const exit = process.exit.bind(process);
  const abort = process.abort.bind(process);
  const kill = process.kill.bind(process);
  process.exit = (code) => {
    refuse('process.exit');
    return exit(code);
  };
  process.abort = () => {
    refuse('process.abort');
    return abort();
  };
  process.kill = (pid, signal) => {
    // 0 and -1 name groups that this process belongs to.
    if (pid === process.pid || pid === process.ppid || pid <= 0) refuse('process.kill');
    return kill(pid, signal);
  };
  return exit;
}

function refuse(call: string): void {
  if (handlerScope.getStore()) throw new Error(`a handler must not end the process: ${call} was refused`);
}

/** Before Node.js 24 the scope is gone by the time an exception of a microtask is uncaught. */
function keepScopeOfMicrotasks(): void {
  const queue = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (callback) => {
    const call = handlerScope.getStore();
    queue(call ? () => attributed(call, callback) : callback);
  };
}

function attributed(call: HandlerCall, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    call.stray(error);
  }
}
