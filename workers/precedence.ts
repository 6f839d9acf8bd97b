/**
 * Spaces that are current go first. A worker handles jobs of all spaces on one event loop and beside one database. While other,
 * current spaces have work, what it does for a space that is behind comes in small batches, one at a time, and each of them
 * waits for the current jobs under way; but not for long, as there may always be some.
 */

import { RecentSpaces } from '../infra/recent-spaces.ts';

/** Jobs of one space that are under way as current ones while other spaces have work. */
const MAX_BESIDE = 4;
const MAX_PAUSE_MS = 100;
export class Precedence {
  /** Current jobs, by space. */
  readonly #underWay = new Map<string, number>();
  #all = 0;
  /** Of current spaces, when a job of them ended. */
  readonly #recent = new RecentSpaces();
  readonly #waiting = new Set<() => void>();
  /** The last batch of a space that is behind. */
  #turn: Promise<unknown> = Promise.resolve();

  /** A job of a current space. */
  async during<T>(space: string, work: () => Promise<T>): Promise<T> {
    this.#count(space, 1);
    try {
      return await work();
    } finally {
      this.#count(space, -1);
      this.#recent.note(space);
      for (const resume of [...this.#waiting]) resume();
    }
  }

  /** A batch of a space that is behind. */
  behind<T>(space: string, work: () => Promise<T>): Promise<T> {
    if (!this.isBeside(space)) return work();
    const turn = this.#turn.then(async () => {
      await this.#quiet(space);
      return await work();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Whether other spaces, which are current, have work, so that batches of this one should be small. */
  isBeside(space: string): boolean {
    return this.#othersUnderWay(space) > 0 || this.#recent.hasOther(space);
  }

  /** Whether the space has so many jobs under way that its others should go behind those of other spaces. */
  isCrowding(space: string): boolean {
    return (this.#underWay.get(space) ?? 0) >= MAX_BESIDE && this.isBeside(space);
  }

  #count(space: string, change: number): void {
    const now = (this.#underWay.get(space) ?? 0) + change;
    this.#all += change;
    if (now > 0) this.#underWay.set(space, now);
    else this.#underWay.delete(space);
  }

  #othersUnderWay(space: string): number {
    return this.#all - (this.#underWay.get(space) ?? 0);
  }

  #quiet(space: string): Promise<void> {
    if (this.#othersUnderWay(space) === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(resume);
        resolve();
      };
      const resume = () => {
        if (this.#othersUnderWay(space) === 0) end();
      };
      const timer = setTimeout(end, MAX_PAUSE_MS);
      this.#waiting.add(resume);
    });
  }
}
