import type { Logger } from '../../infra/log.ts';

/** Maximum of tasks in one queue. */
const MAX_WAITING = 100;

interface WorkQueue {
  last: Promise<void>;
  length: number;
  hasDropped: boolean;
}

/** Runs the tasks of each key one at a time, in order. A full queue drops new tasks, and calls `onDropped` when it is empty. */
export class KeyedQueue {
  readonly #queues = new Map<string, WorkQueue>();
  readonly #onDropped: (name: string) => void;
  readonly #log: Logger;

  constructor(onDropped: (name: string) => void, log: Logger) {
    this.#onDropped = onDropped;
    this.#log = log;
  }

  enqueue(name: string, work: () => Promise<void>): void {
    const queue = this.#queues.get(name) ?? { last: Promise.resolve(), length: 0, hasDropped: false };
    this.#queues.set(name, queue);
    if (queue.length >= MAX_WAITING) {
      queue.hasDropped = true;
      return;
    }
    queue.length += 1;
    queue.last = queue.last
      .then(work)
      .catch((error: unknown) => this.#log.error({ err: error, name }, 'push failed'))
      .then(() => this.#done(name, queue));
  }

  #done(name: string, queue: WorkQueue): void {
    queue.length -= 1;
    if (queue.length > 0) return;
    this.#queues.delete(name);
    if (queue.hasDropped) this.#onDropped(name);
  }
}
