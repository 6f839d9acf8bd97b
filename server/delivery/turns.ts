import type { Logger } from '../../infra/log.ts';

/** Pieces of work of one name that may wait. */
const MOST_WAITING = 100;

interface Line {
  last: Promise<void>;
  length: number;
  isMissing: boolean;
}

/**
 * Does the work of one name one after the other. A line is **short**; or **full**, when what comes is left out, and who
 * made this is told as soon as the line is empty.
 */
export class Turns {
  readonly #lines = new Map<string, Line>();
  readonly #missed: (name: string) => void;
  readonly #log: Logger;

  constructor(missed: (name: string) => void, log: Logger) {
    this.#missed = missed;
    this.#log = log;
  }

  take(name: string, work: () => Promise<void>): void {
    const line = this.#lines.get(name) ?? { last: Promise.resolve(), length: 0, isMissing: false };
    this.#lines.set(name, line);
    if (line.length >= MOST_WAITING) {
      line.isMissing = true;
      return;
    }
    line.length += 1;
    line.last = line.last
      .then(work)
      .catch((error: unknown) => this.#log.error({ err: error, name }, 'a push failed'))
      .then(() => this.#done(name, line));
  }

  #done(name: string, line: Line): void {
    line.length -= 1;
    if (line.length > 0) return;
    this.#lines.delete(name);
    if (line.isMissing) this.#missed(name);
  }
}
