/** The clock of a simulation: runs events in the order of their times. Times are in milliseconds. */

interface Event {
  time: number;
  /** Events of the same time run in the order in which they were planned. */
  order: number;
  run(): void;
}

const isBefore = (left: Event, right: Event): boolean =>
  left.time < right.time || (left.time === right.time && left.order < right.order);

export class Timeline {
  now = 0;
  /** A binary heap: each event comes before its children, at twice its index plus one and two. */
  readonly #heap: Event[] = [];
  #planned = 0;

  /** Plans an event after this delay. */
  after(delay: number, run: () => void): void {
    this.#planned += 1;
    const event = { time: this.now + delay, order: this.#planned, run };
    let at = this.#heap.push(event) - 1;
    for (; at > 0; at = (at - 1) >> 1) {
      const parent = this.#heap[(at - 1) >> 1];
      if (parent === undefined || isBefore(parent, event)) break;
      this.#heap[at] = parent;
    }
    this.#heap[at] = event;
  }

  /** Runs all events, and those that they plan. */
  run(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      this.now = next.time;
      next.run();
    }
  }

  #take(): Event | undefined {
    const first = this.#heap[0];
    const moved = this.#heap.pop();
    if (moved === undefined || moved === first) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [one, two] = [this.#heap[left], this.#heap[left + 1]];
      const child = two !== undefined && one !== undefined && isBefore(two, one) ? two : one;
      if (child === undefined || isBefore(moved, child)) break;
      this.#heap[at] = child;
      at = child === two ? left + 1 : left;
    }
    this.#heap[at] = moved;
    return first;
  }
}
