/**
 * Prevents faults of application code (handlers, `visible`, the configuration module) from ending the process.
 *
 * An uncaught error belongs to the handler in whose scope it was thrown. It is reported to that scope, and the process
 * continues. Any other uncaught exception is a defect of the hub and may have corrupted its state. It is logged, and the process
 * exits with 1. A restart loses nothing.
 */
import { type HandlerScope, handlerScope } from '../core/handlers/scope.ts';
import { errorLine } from './error-record.ts';
import type { Logger } from './log.ts';

export type FaultLog = Pick<Logger, 'error' | 'fatal'>;

/** Call it once, before the configuration is loaded. `getLog` returns the process's logger, or null before it exists. */
export function isolateHandlerFaults(getLog: () => FaultLog | null): void {
  const exit = blockProcessExit();
  preserveMicrotaskScope();
  process.on('uncaughtException', (error) => {
    const scope = handlerScope.getStore();
    if (scope) return scope.onStrayError(error);
    const logger = getLog();
    if (logger) logger.fatal({ err: error }, 'uncaught exception');
    else process.stderr.write(`${errorLine(error)}\n`);
    exit(1);
  });
  process.on('unhandledRejection', (error) => {
    const scope = handlerScope.getStore();
    if (scope) scope.onStrayError(error);
    else getLog()?.error({ err: error }, 'unhandled promise rejection');
  });
}

/** Makes calls that end the process throw if a handler makes them. Returns the original `process.exit`. */
function blockProcessExit(): (code: number) => never {
  const exit = process.exit.bind(process);
  const abort = process.abort.bind(process);
  const kill = process.kill.bind(process);
  process.exit = (code) => {
    throwInHandler('process.exit');
    return exit(code);
  };
  process.abort = () => {
    throwInHandler('process.abort');
    return abort();
  };
  process.kill = (pid, signal) => {
    // 0 and -1 address groups that include this process.
    if (pid === process.pid || pid === process.ppid || pid <= 0) throwInHandler('process.kill');
    return kill(pid, signal);
  };
  return exit;
}

function throwInHandler(call: string): void {
  if (handlerScope.getStore()) throw new Error(`handlers must not end the process: ${call} is blocked`);
}

/** Before Node.js 24, the scope is lost by the time an exception from a microtask is reported as uncaught. */
function preserveMicrotaskScope(): void {
  const queue = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (callback) => {
    const scope = handlerScope.getStore();
    queue(scope ? () => runAttributed(scope, callback) : callback);
  };
}

function runAttributed(scope: HandlerScope, callback: () => void): void {
  try {
    callback();
  } catch (error) {
    scope.onStrayError(error);
  }
}
