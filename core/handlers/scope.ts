/**
 * Attributes errors to handlers. A handler may start timers, promises and sockets that outlive its call.
 * Their errors reach the process, and Node.js propagates this scope to them. It is global, because uncaught
 * exceptions are.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { HandlerCallInfo } from './predicate-evaluator.ts';

export interface HandlerScope {
  call: HandlerCallInfo;
  /** Handles an error that application code threw outside its call. Never throws. */
  onStrayError(error: unknown): void;
}

/** Costs nothing until its first use. */
export const handlerScope = new AsyncLocalStorage<HandlerScope>();
