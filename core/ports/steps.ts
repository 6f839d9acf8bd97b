import type { Principal } from '../access/principal.ts';

/** Work in steps of about a millisecond. After each `yield`, other work may run. */
export type Steps<T> = Generator<void, T, void>;

/** Runs the steps of a call. Rejects with their error, or with the abort reason of the caller. */
export type StepRunner = <T>(caller: Pick<Principal, 'space' | 'call'>, steps: Steps<T>) => Promise<T>;

/** Runs all steps without a pause. */
export function runToCompletion<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
