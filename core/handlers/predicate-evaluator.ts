/**
 * Evaluates predicates until one returns true. There may be thousands for one action, so they run in time
 * slices: each has one watchdog (decision 20), and the event loop runs between slices.
 */
import type { TimeBudget } from '../ports/time-budget.ts';
import { type CircuitBreaker, CircuitOpenError, HandlerTimeoutError } from './circuit-breaker.ts';

export interface HandlerCallInfo {
  verb: string;
  /** The part of the handler: `group`, `text`, `press` or `combineWith.<verb>`; or `visible`. */
  part: string;
  /** The id of the action. */
  action: string;
}

export interface PredicateCall {
  call: HandlerCallInfo;
  evaluate(): unknown;
  /** The result if the handler fails or is not called. */
  fallback(): boolean;
}

export interface PredicateLimits {
  /** Time limit of one call, in milliseconds like all limits here. */
  deadlineMs: number;
  /** Time limit of all calls for one action in a batch. Beyond it, fallbacks are used for the action. */
  actionMs: number;
  /** Time limit of all calls of a handler part in a batch. Beyond it, the circuit opens. */
  batchMs: number;
  /** Measures the duration of calls. */
  clock: () => number;
}

/** Time slice. It is also at most half the deadline, so that the last call of a slice has the other half. */
const SLICE_MS = 50;

export const circuitKey = ({ verb, part }: Pick<HandlerCallInfo, 'verb' | 'part'>): string =>
  JSON.stringify([verb, part]);

export type RunInScope = <T>(call: HandlerCallInfo, run: () => T) => T;

export class PredicateEvaluator {
  readonly #breaker: CircuitBreaker;
  readonly #runInScope: RunInScope;
  readonly #report: (call: HandlerCallInfo, error: unknown) => void;
  readonly #limits: PredicateLimits;

  /** `report` receives failures, but no `CircuitOpenError`, because the cause was reported before. */
  constructor(
    breaker: CircuitBreaker,
    report: (call: HandlerCallInfo, error: unknown) => void,
    limits: PredicateLimits,
    runInScope: RunInScope = (_call, run) => run(),
  ) {
    this.#breaker = breaker;
    this.#runInScope = runInScope;
    this.#report = report;
    this.#limits = limits;
  }

  /** Returns the index of the first call that returns true, or -1. All calls must concern one action. */
  async findFirst(calls: readonly PredicateCall[], timeBudget: TimeBudget): Promise<number> {
    for (let index = 0; index < calls.length; index += 1) {
      await timeBudget.yieldToEventLoop();
      const slice = await this.#evaluateSlice(calls, index, timeBudget);
      index = slice.index;
      if (slice.result ?? calls[index]?.fallback()) return index;
    }
    return -1;
  }

  /** Returns the index and the result of the last call, `null` without one. Earlier calls returned false. */
  async #evaluateSlice(
    calls: readonly PredicateCall[],
    from: number,
    timeBudget: TimeBudget,
  ): Promise<{ index: number; result: boolean | null }> {
    const call = calls[from]?.call;
    const { deadlineMs, actionMs, clock } = this.#limits;
    if (!call || timeBudget.spentOn(call.action) >= actionMs) return { index: from, result: null };
    let index = from;
    const startedAt = clock();
    const run = (): unknown => {
      for (const sliceEnd = startedAt + Math.min(SLICE_MS, deadlineMs / 2); ; index += 1) {
        const result = calls[index]?.evaluate();
        const nextCall = calls[index + 1]?.call;
        const isSameCircuit = nextCall?.verb === call.verb && nextCall.part === call.part;
        if ((result !== false && result !== undefined) || !isSameCircuit || clock() >= sliceEnd)
          return result;
      }
    };
    try {
      const result = await this.#breaker.runAsync(circuitKey(call), deadlineMs, () =>
        this.#runInScope(call, run),
      );
      // `undefined` counts as false.
      if (result !== undefined && typeof result !== 'boolean') {
        throw new TypeError('must return true or false');
      }
      return { index, result: result ?? false };
    } catch (error) {
      if (!(error instanceof CircuitOpenError)) this.#report(call, error);
      return { index, result: null };
    } finally {
      this.#charge(call, clock() - startedAt, timeBudget);
    }
  }

  #charge(call: HandlerCallInfo, ms: number, timeBudget: TimeBudget): void {
    const { actionMs, batchMs } = this.#limits;
    const circuit = circuitKey(call);
    if (timeBudget.charge(call.action, ms) >= actionMs) {
      this.#report(call, new HandlerTimeoutError(`took longer than ${actionMs} ms for one action`));
    }
    const total = timeBudget.charge(circuit, ms);
    if (ms > 0 && total >= batchMs) this.#report(call, this.#breaker.trip(circuit, batchMs));
  }
}
