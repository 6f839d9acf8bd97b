import type { Timeline } from './timeline.ts';

interface Request {
  duration: number;
  done(): void;
}

/** Equal servers with one queue, first come, first served: the cores of a machine, or the only thread of a process. */
export class Station {
  readonly #timeline: Timeline;
  readonly #servers: number;
  #busy = 0;
  /** The requests before `#next` have begun. */
  #queue: Request[] = [];
  #next = 0;
  /** Milliseconds of work that began. */
  work = 0;

  constructor(timeline: Timeline, servers = 1) {
    this.#timeline = timeline;
    this.#servers = servers;
  }

  /** Requests work of this duration. `done` runs when it is complete. */
  use(duration: number, done: () => void): void {
    this.#queue.push({ duration, done });
    this.#begin();
  }

  /** The average share of the servers that worked during this time. */
  utilisation(milliseconds: number): number {
    return this.work / this.#servers / milliseconds;
  }

  #begin(): void {
    while (this.#busy < this.#servers) {
      const request = this.#queue[this.#next];
      if (request === undefined) return;
      this.#next += 1;
      if (this.#next > 1_000 && this.#next * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#next);
        this.#next = 0;
      }
      this.#busy += 1;
      this.work += request.duration;
      this.#timeline.after(request.duration, () => {
        this.#busy -= 1;
        this.#begin();
        request.done();
      });
    }
  }
}
