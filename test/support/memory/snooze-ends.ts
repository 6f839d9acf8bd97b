import type { Millis } from '../../../core/model/units.ts';
import type { SnoozeEnds } from '../../../core/ports/snooze-ends.ts';

export class MemorySnoozeEnds implements SnoozeEnds {
  readonly #bySpace = new Map<string, Millis>();

  async add(space: string, until: Millis): Promise<void> {
    if (until < (this.#bySpace.get(space) ?? Infinity)) this.#bySpace.set(space, until);
  }

  /** Takes the time of a space if it has come. */
  take(space: string, now: Millis): boolean {
    const isDue = (this.#bySpace.get(space) ?? Infinity) <= now;
    if (isDue) this.#bySpace.delete(space);
    return isDue;
  }
}
