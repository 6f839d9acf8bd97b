/**
 * Asks handlers one question after the other until one is answered by yes. There may be thousands about one action, so
 * that they are asked in slices of time: one watchdog for each (decision 20), and others have their turn in between.
 */
import { type Guard, Late, Resting } from './guard.ts';
import type { Patience } from './patience.ts';
import type { Now } from './ports/bus.ts';

/** Which handler is asked, about which action. */
export interface About {
  verb: string;
  /** Of the handler: `group`, `text`, `combineWith.<verb>`; or `visible`. */
  part: string;
  /** The id of the action it is asked about. */
  action: string;
}

export interface Question {
  about: About;
  ask(): unknown;
  /** What holds where the handler fails, or is not asked. */
  otherwise(): boolean;
}

export interface AskingBounds {
  /** What one call gets, in milliseconds, as all others here. */
  deadlineMs: number;
  /** What all calls about one action get in a drain: then the defaults decide about it. */
  actionMs: number;
  /** What all calls of a part get in a drain: then it is left alone for a while. */
  drainMs: number;
  /** By which it is told how long they took. */
  clock: Now;
}

/** Of the deadline of a call its slice may have used up half at the most. */
const SLICE_MS = 50;

export const taskOf = ({ verb, part }: Pick<About, 'verb' | 'part'>): string => JSON.stringify([verb, part]);

/** Runs a handler's code as that handler's. */
export type Enter = <T>(about: About, run: () => T) => T;

export class Asking {
  readonly #guard: Guard;
  readonly #enter: Enter;
  readonly #tell: (about: About, error: unknown) => void;
  readonly #bounds: AskingBounds;

  /** `tell` is told of what failed; not that it rests, as why it does was told. */
  constructor(
    guard: Guard,
    tell: (about: About, error: unknown) => void,
    bounds: AskingBounds,
    enter: Enter = (_about, run) => run(),
  ) {
    this.#guard = guard;
    this.#enter = enter;
    this.#tell = tell;
    this.#bounds = bounds;
  }

  /** The index of the first that is answered by yes, or -1. All are about one action. */
  async firstYes(questions: readonly Question[], patience: Patience): Promise<number> {
    for (let index = 0; index < questions.length; index += 1) {
      await patience.breathe();
      const reached = await this.#slice(questions, index, patience);
      index = reached.index;
      if (reached.says ?? questions[index]?.otherwise()) return index;
    }
    return -1;
  }

  /** The last that was asked, and what it says; `null`: nothing. All before it were answered by no. */
  async #slice(
    questions: readonly Question[],
    from: number,
    patience: Patience,
  ): Promise<{ index: number; says: boolean | null }> {
    const about = questions[from]?.about;
    const { deadlineMs, actionMs, clock } = this.#bounds;
    if (!about || patience.givenTo(about.action) >= actionMs) return { index: from, says: null };
    let index = from;
    const begun = clock();
    const run = (): unknown => {
      for (const until = begun + Math.min(SLICE_MS, deadlineMs / 2); ; index += 1) {
        const answer = questions[index]?.ask();
        const next = questions[index + 1]?.about;
        const isSame = next?.verb === about.verb && next.part === about.part;
        if ((answer !== false && answer !== undefined) || !isSame || clock() >= until) return answer;
      }
    };
    try {
      const answer = await this.#guard.soon(taskOf(about), deadlineMs, () => this.#enter(about, run));
      // A function that ends without an answer says no.
      if (answer !== undefined && typeof answer !== 'boolean') {
        throw new TypeError('must answer true or false');
      }
      return { index, says: answer ?? false };
    } catch (error) {
      if (!(error instanceof Resting)) this.#tell(about, error);
      return { index, says: null };
    } finally {
      this.#charge(about, clock() - begun, patience);
    }
  }

  #charge(about: About, ms: number, patience: Patience): void {
    const { actionMs, drainMs } = this.#bounds;
    const task = taskOf(about);
    if (patience.give(about.action, ms) >= actionMs) {
      this.#tell(about, new Late(`took longer than ${actionMs} ms for one action`));
    }
    const all = patience.give(task, ms);
    if (ms > 0 && all >= drainMs) this.#tell(about, this.#guard.rest(task, drainMs));
  }
}
