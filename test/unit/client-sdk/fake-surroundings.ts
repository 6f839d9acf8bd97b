import type { Surroundings } from '../../../client-sdk/src/surroundings.ts';

/** Time, chance and waking in the test's hand. */
export class FakeSurroundings implements Surroundings {
  /** What the clock shows; it may be wrong. */
  clock = 0;
  /** What chance gives: in the middle, so that nothing is spread. */
  chance = 0.5;
  readonly #timers = new Set<{ due: number; run: () => void }>();
  readonly #sleepers = new Set<(away: number) => void>();
  readonly #guests = new Set<() => void>();
  #elapsed = 0;

  readonly now = (): number => this.clock + this.#elapsed;
  readonly random = (): number => this.chance;

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { due: this.#elapsed + ms, run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  };

  readonly onWake = (woken: (away: number) => void): (() => void) => {
    this.#sleepers.add(woken);
    return () => {
      this.#sleepers.delete(woken);
    };
  };

  readonly onLeave = (left: () => void): (() => void) => {
    this.#guests.add(left);
    return () => {
      this.#guests.delete(left);
    };
  };

  /** Milliseconds until each timer rings, the next first. */
  get waits(): number[] {
    return [...this.#timers].map(({ due }) => due - this.#elapsed).sort((a, b) => a - b);
  }

  /** Whether anything may still happen by itself. */
  get isQuiet(): boolean {
    return this.#timers.size + this.#sleepers.size + this.#guests.size === 0;
  }

  advance(ms: number): void {
    this.#elapsed += ms;
    for (const timer of [...this.#timers]) {
      if (timer.due <= this.#elapsed && this.#timers.delete(timer)) timer.run();
    }
  }

  wake(away: number): void {
    for (const woken of this.#sleepers) woken(away);
  }

  leave(): void {
    for (const left of this.#guests) left();
  }
}
