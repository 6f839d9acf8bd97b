/**
 * Runs work on large payloads in time slices, so that it does not block small calls. All such work shares one slice per event
 * loop turn. Spaces take turns, so a busy space delays a large payload of another by one slice at most. The amount of waiting
 * work is bounded elsewhere (payload-budget.ts, limits/slots.ts).
 */
import type { Principal } from '../../core/access/principal.ts';
import type { StepRunner, Steps } from '../../core/ports/steps.ts';

/** Length of a slice. It ends after the current step. */
const SLICE_MS = 4;

/** Runs one step. Returns true if the work is done. */
type Step = () => boolean;

export class TimeSlicer {
  /** Keyed by space. The next space comes first. */
  readonly #queues = new Map<string, Set<Step>>();
  #isScheduled = false;

  readonly run: StepRunner = <T>(
    { space, call }: Pick<Principal, 'space' | 'call'>,
    steps: Steps<T>,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const queue = this.#queues.get(space) ?? new Set<Step>();
      this.#queues.set(space, queue);
      queue.add(() => {
        try {
          call?.signal.throwIfAborted();
          const step = steps.next();
          if (step.done) resolve(step.value);
          return step.done === true;
        } catch (error) {
          reject(error);
          return true;
        }
      });
      this.#schedule();
    });

  #schedule(): void {
    if (this.#isScheduled || this.#queues.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#runSlice();
      this.#schedule();
    });
  }

  #runSlice(): void {
    const [next] = this.#queues;
    if (!next) return;
    const [space, queue] = next;
    this.#queues.delete(space);
    const end = performance.now() + SLICE_MS;
    for (const step of queue) {
      while (performance.now() < end) {
        if (!step()) continue;
        queue.delete(step);
        break;
      }
      if (performance.now() >= end) break;
    }
    // Moves the space to the end.
    if (queue.size > 0) this.#queues.set(space, queue);
  }
}
