import { msUntilChange } from './time.ts';

const minDelay = 1_000;
const maxDelay = 3_600_000;

/** Calls back when a relative time changes. */
export class Clock {
  readonly #onTick: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onTick: () => void) {
    this.#onTick = onTick;
  }

  /** `times`: the displayed ones, ISO 8601. Replaces the previous ones. */
  watch(times: readonly string[]): void {
    this.stop();
    if (times.length === 0) return;
    const next = Math.min(...times.map((time) => msUntilChange(time)));
    this.#timer = setTimeout(this.#onTick, Math.min(Math.max(next, minDelay), maxDelay));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
