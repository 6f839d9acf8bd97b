/**
 * Work on large payloads, which would hold up every small call if each were done at once. All of it together gets one slice per
 * turn of the event loop, so small calls go on in between. Spaces take turns: one that sends much delays a large payload of
 * another by one slice. What waits here is bounded by those who count it (payloads.ts, limits/slots.ts).
 */
import type { Principal } from '../core/access.ts';
import type { InSteps, Steps } from '../core/ports/steps.ts';

/** Milliseconds after which a slice ends, with the step under way. */
const SLICE_MS = 4;

/** Does one step; returns whether the work is done. */
type Step = () => boolean;

export class Slices {
  /** By space, the next one first. */
  readonly #lines = new Map<string, Set<Step>>();
  #isScheduled = false;

  readonly run: InSteps = <T>(
    { space, call }: Pick<Principal, 'space' | 'call'>,
    steps: Steps<T>,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const line = this.#lines.get(space) ?? new Set<Step>();
      this.#lines.set(space, line);
      line.add(() => {
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
    if (this.#isScheduled || this.#lines.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#slice();
      this.#schedule();
    });
  }

  #slice(): void {
    const [next] = this.#lines;
    if (!next) return;
    const [space, line] = next;
    this.#lines.delete(space);
    const end = performance.now() + SLICE_MS;
    for (const step of line) {
      while (performance.now() < end) {
        if (!step()) continue;
        line.delete(step);
        break;
      }
      if (performance.now() >= end) break;
    }
    // Behind the spaces that wait.
    if (line.size > 0) this.#lines.set(space, line);
  }
}
