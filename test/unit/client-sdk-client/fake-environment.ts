import type { Environment } from '../../../client-sdk/client/src/environment.ts';

/** An environment whose clock, randomness and wake events the test controls. */
export class FakeEnvironment implements Environment {
  /** The time of the page's clock, which may be wrong. */
  clock = 0;
  /** The result of `random`. The middle value means no jitter. */
  chance = 0.5;
  readonly #timers = new Set<{ due: number; run: () => void }>();
  readonly #wakeListeners = new Set<(hiddenMs: number) => void>();
  readonly #leaveListeners = new Set<() => void>();
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

  readonly onWake = (listener: (hiddenMs: number) => void): (() => void) => {
    this.#wakeListeners.add(listener);
    return () => {
      this.#wakeListeners.delete(listener);
    };
  };

  readonly onLeave = (listener: () => void): (() => void) => {
    this.#leaveListeners.add(listener);
    return () => {
      this.#leaveListeners.delete(listener);
    };
  };

  /** Milliseconds until each timer fires, the next one first. */
  get waits(): number[] {
    return [...this.#timers].map(({ due }) => due - this.#elapsed).sort((a, b) => a - b);
  }

  /** True if there are no timers and no listeners. */
  get isIdle(): boolean {
    return this.#timers.size + this.#wakeListeners.size + this.#leaveListeners.size === 0;
  }

  advance(ms: number): void {
    this.#elapsed += ms;
    for (const timer of [...this.#timers]) {
      if (timer.due <= this.#elapsed && this.#timers.delete(timer)) timer.run();
    }
  }

  wake(hiddenMs: number): void {
    for (const woken of this.#wakeListeners) woken(hiddenMs);
  }

  leave(): void {
    for (const left of this.#leaveListeners) left();
  }
}
