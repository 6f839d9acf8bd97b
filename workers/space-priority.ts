/**
 * Current spaces take priority over lagging ones. A worker processes jobs of all spaces on one event loop with one database.
 * While other, current spaces have work, batches of a lagging space are small and run one at a time. Each waits for the
 * running jobs of current spaces, but not for long, because there may always be some.
 */
import { RecentSpaces } from '../infra/recent-spaces.ts';

/** Concurrent jobs of one current space while other spaces have work. */
const MAX_JOBS_WHILE_COMPETING = 4;
/** How long a batch of a lagging space waits for running jobs of current spaces. */
const MAX_PAUSE_MS = 100;

export class SpacePriority {
  /** Running jobs of current spaces, by space. */
  readonly #running = new Map<string, number>();
  #runningTotal = 0;
  /** When jobs of current spaces ended. */
  readonly #recent = new RecentSpaces();
  readonly #waiters = new Set<() => void>();
  /** The last batch of a lagging space. */
  #lastLaggingBatch: Promise<unknown> = Promise.resolve();

  async runCurrent<T>(space: string, work: () => Promise<T>): Promise<T> {
    this.#countRunning(space, 1);
    try {
      return await work();
    } finally {
      this.#countRunning(space, -1);
      this.#recent.record(space);
      for (const resume of [...this.#waiters]) resume();
    }
  }

  runLagging<T>(space: string, work: () => Promise<T>): Promise<T> {
    if (!this.isCompeting(space)) return work();
    const batch = this.#lastLaggingBatch.then(async () => {
      await this.#waitForOthers(space);
      return await work();
    });
    this.#lastLaggingBatch = batch.catch(() => undefined);
    return batch;
  }

  /** Whether other, current spaces have work, so that batches of this one should be small. */
  isCompeting(space: string): boolean {
    return this.#runningOthers(space) > 0 || this.#recent.hasOther(space);
  }

  /** Whether the space runs so many jobs that its others should go to the lagging queue. */
  exceedsShare(space: string): boolean {
    return (this.#running.get(space) ?? 0) >= MAX_JOBS_WHILE_COMPETING && this.isCompeting(space);
  }

  #countRunning(space: string, change: number): void {
    const running = (this.#running.get(space) ?? 0) + change;
    this.#runningTotal += change;
    if (running > 0) this.#running.set(space, running);
    else this.#running.delete(space);
  }

  #runningOthers(space: string): number {
    return this.#runningTotal - (this.#running.get(space) ?? 0);
  }

  #waitForOthers(space: string): Promise<void> {
    if (this.#runningOthers(space) === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiters.delete(resume);
        resolve();
      };
      const resume = () => {
        if (this.#runningOthers(space) === 0) finish();
      };
      const timer = setTimeout(finish, MAX_PAUSE_MS);
      this.#waiters.add(resume);
    });
  }
}
