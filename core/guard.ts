/**
 * Runs the application's own code so that its faults harm nothing else: it is interrupted where it loops, given up where
 * its promise is late, and left alone for a while where it was late again and again.
 *
 * One **task** (a handler's part, by name) is
 * - trusted: it is run. Late as often in a row as `LATE_IN_A_ROW`, or by `rest` → resting.
 * - resting: it is refused at once. After `restMs` → on trial.
 * - on trial: it is run. In time → trusted; late → resting.
 *
 * An error that a task throws outside its call (in a timer, say) harms no call. A task that does so `STRAYS` times while it
 * would rest → resting.
 *
 * A loop behind an `await` cannot be interrupted: the process has to be restarted.
 */
import { createContext, Script } from 'node:vm';
import type { Now } from './ports/bus.ts';

export interface GuardOptions {
  /** How long a task that was late again and again is left alone. Default: 30,000 ms. */
  restMs?: number;
  now?: Now;
}

/** The task was not done in time. */
export class Late extends Error {}

/** The task was late again and again and is not run for now. */
export class Resting extends Error {}

const LATE_IN_A_ROW = 3;
const STRAYS = 3;
/** Tasks whose lateness is remembered; the longest known go first. Verbs come from outside and are many. */
const MOST_TASKS = 1_000;

/**
 * V8 interrupts what a script calls, whichever realm that is of. The watchdog costs about 50 µs a call, which is why only
 * what the application wrote is run by it.
 */
const script = new Script('run()');
const idle = (): void => undefined;

function realm(): { run: () => void } {
  const made = { run: idle };
  createContext(made);
  return made;
}

export class Guard {
  readonly #restMs: number;
  readonly #now: Now;
  readonly #late = new Map<string, { inARow: number; restsUntil: number }>();
  readonly #strays = new Map<string, { count: number; since: number }>();
  /** Made when first needed: most hubs have nothing to guard. */
  #realm: { run: () => void } | undefined;

  constructor({ restMs = 30_000, now = Date.now }: GuardOptions = {}) {
    this.#restMs = restMs;
    this.#now = now;
  }

  /** Answers what `run` does, or throws as it does. @throws Late, Resting */
  now<T>(task: string, deadlineMs: number, run: () => T): T {
    this.#admit(task);
    const answer = this.#watched(task, deadlineMs, run);
    this.#late.delete(task);
    return answer;
  }

  /** As `now`, of code that may answer by a promise. `patient`: late promises do not bring it to rest, only loops do. */
  async soon<T>(
    task: string,
    deadlineMs: number,
    run: () => T | PromiseLike<T>,
    { patient = false } = {},
  ): Promise<T> {
    this.#admit(task);
    const answer = this.#watched(task, deadlineMs, run);
    const late = () =>
      patient ? new Late(`took longer than ${deadlineMs} ms`) : this.#tooLate(task, deadlineMs);
    const settled = isPromiseLike(answer) ? await this.#inTime(deadlineMs, answer, late) : answer;
    this.#late.delete(task);
    return settled;
  }

  /** Leaves a task alone from now on that took `ms` altogether, which is too much. Answers what there is to tell of it. */
  rest(task: string, ms: number): Late {
    return this.#noteLate(task, ms, LATE_IN_A_ROW);
  }

  /** Notes an error that the task threw outside its call. Returns why the task rests from now on; `null` if it does not. */
  stray(task: string): Error | null {
    const known = this.#strays.get(task);
    const now = this.#now();
    const { count, since } = known && now - known.since < this.#restMs ? known : { count: 0, since: now };
    this.#strays.delete(task);
    if (count + 1 >= STRAYS) {
      this.#noteLate(task, 0, LATE_IN_A_ROW);
      return new Error(`failed ${STRAYS} times outside its calls; it is not called for ${this.#restMs} ms`);
    }
    this.#strays.set(task, { count: count + 1, since });
    forgetOldest(this.#strays);
    return null;
  }

  #admit(task: string): void {
    const late = this.#late.get(task);
    if (late && late.restsUntil > this.#now())
      throw new Resting('was late too often and is not asked for now');
  }

  #watched<T>(task: string, timeout: number, run: () => T): T {
    // Told by itself, as the script's own answer has no type.
    let answer: { value: T } | undefined;
    this.#realm ??= realm();
    this.#realm.run = () => {
      answer = { value: run() };
    };
    try {
      script.runInContext(this.#realm, { timeout, displayErrors: false });
    } catch (error) {
      if (isInterruption(error)) throw this.#tooLate(task, timeout);
      throw error;
    } finally {
      this.#realm.run = idle;
    }
    if (!answer) throw new Error('the script did not run');
    return answer.value;
  }

  async #inTime<T>(deadlineMs: number, answer: PromiseLike<T>, late: () => Late): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(late()), deadlineMs);
    });
    try {
      return await Promise.race([answer, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  #tooLate(task: string, deadlineMs: number): Late {
    return this.#noteLate(task, deadlineMs, (this.#late.get(task)?.inARow ?? 0) + 1);
  }

  #noteLate(task: string, ms: number, inARow: number): Late {
    const rests = inARow >= LATE_IN_A_ROW;
    this.#late.delete(task);
    this.#late.set(task, { inARow, restsUntil: rests ? this.#now() + this.#restMs : 0 });
    forgetOldest(this.#late);
    const then = rests ? `; it is not asked for ${this.#restMs} ms` : '';
    return new Late(`took longer than ${ms} ms${then}`);
  }
}

function forgetOldest(tasks: Map<string, unknown>): void {
  const [oldest] = tasks.keys();
  if (tasks.size > MOST_TASKS && oldest !== undefined) tasks.delete(oldest);
}

const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** Not by `instanceof`: it is an error of the script's own realm. */
const isInterruption = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
