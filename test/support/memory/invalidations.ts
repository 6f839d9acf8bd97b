import { INVALIDATION_ACTIVE_MS, INVALIDATION_RETENTION_MS } from '../../../core/model/positions.ts';
import { asPosition, later, type Position, positionBefore, toMicros } from '../../../core/model/units.ts';
import type { Invalidated, Invalidations } from '../../../core/ports/invalidations.ts';
import type { MemoryClock } from './clock.ts';

interface Invalidation {
  /** `since` returns the name for positions up to this one. */
  until: Position;
  /** How many invalidations of the name are in progress. */
  writers: number;
}

/** Names that are being invalidated, or were recently. */
export class MemoryInvalidations implements Invalidations {
  readonly #spaces = new Map<string, Map<string, Invalidation>>();
  readonly #clock: MemoryClock;

  constructor(clock: MemoryClock) {
    this.#clock = clock;
  }

  async begin(space: string, names: readonly string[]): Promise<void> {
    const now = this.#clock.nextPosition(space);
    const invalidations = this.#invalidationsOf(space);
    for (const name of names) {
      const previous = invalidations.get(name);
      const writers = previous && previous.until > now ? previous.writers : 0;
      invalidations.set(name, {
        until: asPosition(now + toMicros(INVALIDATION_ACTIVE_MS)),
        writers: writers + 1,
      });
    }
  }

  async end(space: string, names: readonly string[]): Promise<void> {
    const now = this.#clock.nextPosition(space);
    const invalidations = this.#invalidationsOf(space);
    for (const name of names) {
      const { until, writers } = invalidations.get(name) ?? { until: now, writers: 1 };
      invalidations.set(
        name,
        writers > 1 ? { until: later(until, now), writers: writers - 1 } : { until: now, writers: 0 },
      );
    }
  }

  async since(space: string, position: Position): Promise<Invalidated | null> {
    const oldest = positionBefore(this.#clock.nextPosition(space), toMicros(INVALIDATION_RETENTION_MS));
    const invalidations = this.#invalidationsOf(space);
    for (const [name, { until }] of invalidations) if (until < oldest) invalidations.delete(name);
    if (position < oldest) return null;
    return new Map(
      [...invalidations].flatMap(([name, { until }]) => (until >= position ? [[name, until]] : [])),
    );
  }

  #invalidationsOf(space: string): Map<string, Invalidation> {
    const invalidations = this.#spaces.get(space) ?? new Map<string, Invalidation>();
    this.#spaces.set(space, invalidations);
    return invalidations;
  }
}
