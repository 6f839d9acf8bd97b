import type { Principal } from '../access.ts';

/** Work in steps of about a millisecond: after each of them (`yield`) other work may be done before it goes on. */
export type Steps<T> = Generator<void, T, void>;

/** Does a call's work; resolves with what it returns, rejects with what it throws, or with the reason of a caller who left. */
export type InSteps = <T>(of: Pick<Principal, 'space' | 'call'>, steps: Steps<T>) => Promise<T>;

/** Without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
