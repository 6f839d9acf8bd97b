/** Asks handlers so that the next process can tell in which call this one died. */
import type { About } from './asking.ts';
import { HandlersWrapper } from './handlers-wrapper.ts';
import type { StoredAction } from './model.ts';
import type { Patience } from './patience.ts';
import type { Handled, Handlers, OlderOne } from './ports/handlers.ts';

/** Notes calls where they outlive the process. */
export interface CallLedger {
  begin(job: string, about: About): Promise<void>;
  end(job: string, about: About): Promise<void>;
  /** Takes what an earlier run of the job left open for calls in which its process died. */
  recover(job: string): Promise<void>;
}

/**
 * Costs two round trips a call, so it is used only for jobs on which processes died before. Questions are asked one at a time:
 * of several under way nobody could tell which one ended the process.
 */
export class CarefulHandlers extends HandlersWrapper {
  readonly #ledger: CallLedger;
  readonly #job: string;
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(inner: Handlers, ledger: CallLedger, job: string) {
    super(inner);
    this.#ledger = ledger;
    this.#job = job;
  }

  override async firstCombining(
    newer: Handled,
    olderOnes: readonly OlderOne[],
    patience: Patience,
  ): Promise<number> {
    for (const [index, each] of olderOnes.entries()) {
      const about = { verb: each.verb, part: `combineWith.${each.other}`, action: pairOf(newer, each.older) };
      const found = await this.#noted(about, () => super.firstCombining(newer, [each], patience));
      if (found === 0) return index;
    }
    return -1;
  }

  override async firstSimilar(
    newer: Handled,
    older: readonly Handled[],
    otherwise: (index: number) => boolean,
    patience: Patience,
  ): Promise<number> {
    for (const [index, each] of older.entries()) {
      const about = { verb: newer.verb, part: 'group', action: pairOf(newer, each) };
      const ask = () => super.firstSimilar(newer, [each], () => otherwise(index), patience);
      if ((await this.#noted(about, ask)) === 0) return index;
    }
    return -1;
  }

  override visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null> {
    const about = { verb: action.verb, part: 'visible', action: action.id };
    const call = this.#turn.then(() =>
      // Nobody waits for it any more.
      this.#isClosed ? null : this.#noted(about, () => super.visibleTo(action, users)),
    );
    this.#turn = call.catch(() => undefined);
    return call;
  }

  /** The job is done: calls that still wait for their turn are not made. */
  close(): void {
    this.#isClosed = true;
  }

  async #noted<T>(about: About, call: () => Promise<T>): Promise<T> {
    await this.#ledger.begin(this.#job, about);
    try {
      return await call();
    } finally {
      await this.#ledger.end(this.#job, about);
    }
  }
}

/** One question: a slow handler that is asked about hundreds is under way all the time, and says nothing by that. */
const pairOf = (newer: Handled, older: Handled): string => `${newer.id} ${older.id}`;

/** Does a job with such handlers. */
export async function carefully<Deps extends { handlers: Handlers }, Result>(
  deps: Deps,
  ledger: CallLedger,
  job: string,
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> {
  await ledger.recover(job);
  const handlers = new CarefulHandlers(deps.handlers, ledger, job);
  try {
    return await work({ ...deps, handlers });
  } finally {
    handlers.close();
  }
}
