import type { Churn } from '../../../core/ports/bus.ts';
import { CHURN_ACTIVE_MS, CHURN_KEPT_MS } from '../../../core/positions.ts';
import type { MemoryClock } from './clock.ts';

interface Name {
  /** Whoever asks from a position up to this one is told. */
  until: number;
  /** How many said so and are not done. */
  by: number;
}

/** What is, or lately was, being taken away. */
export class MemoryChurn implements Churn {
  readonly #spaces = new Map<string, Map<string, Name>>();
  readonly #clock: MemoryClock;

  constructor(clock: MemoryClock) {
    this.#clock = clock;
  }

  async begin(space: string, names: readonly string[]): Promise<void> {
    const now = this.#clock.take(space);
    const known = this.#of(space);
    for (const name of names) {
      const before = known.get(name);
      const by = before && before.until > now ? before.by : 0;
      known.set(name, { until: now + CHURN_ACTIVE_MS * 1_000, by: by + 1 });
    }
  }

  async done(space: string, names: readonly string[]): Promise<void> {
    const now = this.#clock.take(space);
    const known = this.#of(space);
    for (const name of names) {
      const { until, by } = known.get(name) ?? { until: now, by: 1 };
      known.set(name, by > 1 ? { until: Math.max(until, now), by: by - 1 } : { until: now, by: 0 });
    }
  }

  async since(space: string, position: number): Promise<string[] | null> {
    const oldest = this.#clock.take(space) - CHURN_KEPT_MS * 1_000;
    const known = this.#of(space);
    for (const [name, { until }] of known) if (until < oldest) known.delete(name);
    if (position < oldest) return null;
    return [...known].flatMap(([name, { until }]) => (until >= position ? [name] : []));
  }

  #of(space: string): Map<string, Name> {
    const known = this.#spaces.get(space) ?? new Map<string, Name>();
    this.#spaces.set(space, known);
    return known;
  }
}
