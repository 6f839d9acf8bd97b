/** Records handler calls in a ledger, so that after a crash the next process knows which call was running. */
import type { StoredAction } from '../model/entities.ts';
import type { CombineCandidate, HandlerAction, Handlers } from '../ports/handlers.ts';
import type { TimeBudget } from '../ports/time-budget.ts';
import { HandlersWrapper } from './handlers-wrapper.ts';
import type { HandlerCallInfo } from './predicate-evaluator.ts';

/** Stores running calls outside the process. */
export interface CallLedger {
  begin(job: string, call: HandlerCallInfo): Promise<void>;
  end(job: string, call: HandlerCallInfo): Promise<void>;
  /** Treats calls that an earlier attempt of the job did not end as calls in which its process crashed. */
  recover(job: string): Promise<void>;
}

/**
 * Costs two round trips per call, so only jobs use it in which processes crashed before. Makes one call at a
 * time, so that it is known which call ended the process.
 */
export class LedgeredHandlers extends HandlersWrapper {
  readonly #ledger: CallLedger;
  readonly #job: string;
  #lastCall: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(inner: Handlers, ledger: CallLedger, job: string) {
    super(inner);
    this.#ledger = ledger;
    this.#job = job;
  }

  override async findCombinable(
    newer: HandlerAction,
    candidates: readonly CombineCandidate[],
    timeBudget: TimeBudget,
  ): Promise<number> {
    for (const [index, each] of candidates.entries()) {
      const call = { verb: each.verb, part: `combineWith.${each.other}`, action: pairId(newer, each.older) };
      const found = await this.#recorded(call, () => super.findCombinable(newer, [each], timeBudget));
      if (found === 0) return index;
    }
    return -1;
  }

  override async findSimilar(
    newer: HandlerAction,
    older: readonly HandlerAction[],
    fallback: (index: number) => boolean,
    timeBudget: TimeBudget,
  ): Promise<number> {
    for (const [index, each] of older.entries()) {
      const call = { verb: newer.verb, part: 'group', action: pairId(newer, each) };
      const evaluate = () => super.findSimilar(newer, [each], () => fallback(index), timeBudget);
      if ((await this.#recorded(call, evaluate)) === 0) return index;
    }
    return -1;
  }

  override visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null> {
    const call = { verb: action.verb, part: 'visible', action: action.id };
    const queued = this.#lastCall.then(() =>
      // No one awaits the result after the job ended.
      this.#isClosed ? null : this.#recorded(call, () => super.visibleTo(action, users)),
    );
    this.#lastCall = queued.catch(() => undefined);
    return queued;
  }

  /** Call it when the job ended. Discards queued calls. */
  close(): void {
    this.#isClosed = true;
  }

  async #recorded<T>(call: HandlerCallInfo, run: () => Promise<T>): Promise<T> {
    await this.#ledger.begin(this.#job, call);
    try {
      return await run();
    } finally {
      await this.#ledger.end(this.#job, call);
    }
  }
}

/** Names both actions. Otherwise hundreds of calls of a slow handler would look like a single one. */
const pairId = (newer: HandlerAction, older: HandlerAction): string => `${newer.id} ${older.id}`;

export async function runWithLedger<Deps extends { handlers: Handlers }, Result>(
  deps: Deps,
  ledger: CallLedger,
  job: string,
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> {
  await ledger.recover(job);
  const handlers = new LedgeredHandlers(deps.handlers, ledger, job);
  try {
    return await work({ ...deps, handlers });
  } finally {
    handlers.close();
  }
}
