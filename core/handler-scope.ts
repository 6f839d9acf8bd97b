/**
 * Says whose code is running. A handler may start timers, promises and sockets that outlive its call; what they throw
 * reaches the process and not the caller. Node.js carries this scope along with them, so the process can attribute it.
 * There is one scope per process, because an uncaught exception belongs to the process.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { About } from './asking.ts';

export interface HandlerCall {
  about: About;
  /** Takes an error that the application's code threw outside its call. Does not throw. */
  stray(error: unknown): void;
}

/** Costs nothing until the first call runs in it. */
export const handlerScope = new AsyncLocalStorage<HandlerCall>();
