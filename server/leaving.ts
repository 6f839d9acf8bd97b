import { setMaxListeners } from 'node:events';
import { CallerLeft } from '../core/errors.ts';

/** A signal for all calls of a client, however many they are, and what aborts it. */
export function leaving(): { signal: AbortSignal; leave: () => void } {
  const controller = new AbortController();
  // Each query listens; Node warns of more than ten.
  setMaxListeners(0, controller.signal);
  return { signal: controller.signal, leave: () => controller.abort(new CallerLeft()) };
}
