import { setMaxListeners } from 'node:events';
import { CallerDisconnectedError } from '../core/errors.ts';

/** Creates an abort signal that any number of a client's calls may share. */
export function createCallSignal(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  // Each query adds a listener, and Node.js warns above ten.
  setMaxListeners(0, controller.signal);
  return { signal: controller.signal, abort: () => controller.abort(new CallerDisconnectedError()) };
}
