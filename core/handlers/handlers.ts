/**
 * Calls the application's handlers (docs/configuration.md). If a handler throws, returns an invalid value
 * or takes too long, the hub reports that, and treats the action as if its verb had no handler.
 */
import { LRUCache } from 'lru-cache';
import { limits } from '../../protocol/limits.ts';
import { asError } from '../errors.ts';
import type { StoredAction } from '../model/entities.ts';
import type { CombineCandidate, HandlerAction, Handlers, PressOutcome } from '../ports/handlers.ts';
import type { TimeBudget } from '../ports/time-budget.ts';
import { presentForHandler } from '../rendering/present.ts';
import { SettingsSentences } from '../rendering/sentences.ts';
import type { HandledAction, Settings, TextContext } from '../settings.ts';
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  CircuitOpenError,
  HandlerTimeoutError,
} from './circuit-breaker.ts';
import { circuitKey, type HandlerCallInfo, PredicateEvaluator } from './predicate-evaluator.ts';
import { handlerScope } from './scope.ts';

export interface Fault extends HandlerCallInfo {
  error: Error;
}

/** Tracks the current call, because some calls end the process before they can be reported. */
export interface CallMonitor {
  enter(call: HandlerCallInfo): void;
  leave(): void;
}

/** Called for every handler fault, once per action. */
export type OnHandlerFault = (fault: Fault) => void;

export interface HandlerBounds extends CircuitBreakerOptions {
  /** Time limit of a handler call. Default: 1,000 ms. */
  deadlineMs?: number;
  /** Time limit of `visible`, which may query another service. Default: 5,000 ms. */
  visibleMs?: number;
  /** Time limit of `press`. Default: 5,000 ms. */
  pressMs?: number;
  /** Time limit of all `combineWith` and `group` calls for one action of a batch. Default: 2,000 ms. */
  actionMs?: number;
  /** Limit of each of them for all actions of a batch. Beyond it the circuit opens. Default: 10,000 ms. */
  batchMs?: number;
  /** Measures the duration of calls, in milliseconds. */
  clock?: () => number;
  /** True if the circuit is open in all processes, because some crashed in this call. Default: false. */
  isCircuitOpen?: (call: HandlerCallInfo) => boolean;
  /** Tracks calls of `text` and `press`. They belong to no job, so the call ledger does not cover them. */
  textMonitor?: CallMonitor;
}

/** Reported faults that are remembered, so that a fault of an action with many readers is reported once. */
const MAX_REMEMBERED_FAULTS = 1_000;

/** Characters of the message of a refused press. */
const MAX_REFUSAL_LENGTH = 1_000;

export class SettingsHandlers implements Handlers {
  readonly sentences: SettingsSentences;
  readonly #settings: Settings;
  readonly #onFault: OnHandlerFault;
  readonly #deadlineMs: number;
  readonly #visibleMs: number;
  readonly #pressMs: number;
  readonly #breaker: CircuitBreaker;
  readonly #evaluator: PredicateEvaluator;
  readonly #isCircuitOpen: (call: HandlerCallInfo) => boolean;
  readonly #textMonitor: CallMonitor | undefined;
  readonly #reported = new LRUCache<string, true>({ max: MAX_REMEMBERED_FAULTS });

  constructor(settings: Settings, onFault: OnHandlerFault, bounds: HandlerBounds = {}) {
    const { deadlineMs = 1_000, visibleMs = 5_000, actionMs = 2_000, batchMs = 10_000 } = bounds;
    const { clock = () => performance.now(), isCircuitOpen = () => false, textMonitor } = bounds;
    this.sentences = new SettingsSentences(settings);
    this.#settings = settings;
    this.#textMonitor = textMonitor;
    this.#isCircuitOpen = isCircuitOpen;
    this.#onFault = onFault;
    this.#deadlineMs = deadlineMs;
    this.#visibleMs = visibleMs;
    this.#pressMs = bounds.pressMs ?? limits.press;
    this.#breaker = new CircuitBreaker(bounds);
    this.#evaluator = new PredicateEvaluator(
      this.#breaker,
      (call, error) => this.#report(call, error),
      { deadlineMs, actionMs, batchMs, clock },
      (call, run) => this.#runInScope(call, run),
    );
  }

  levelOf(verb: string): number {
    const level = this.#settings.handlers.get(verb)?.level ?? this.#settings.defaultLevel;
    return typeof level === 'number' ? level : (this.#settings.levels[level] ?? this.#settings.defaultLevel);
  }

  groupingDelayOf(verb: string): number {
    return this.#settings.handlers.get(verb)?.groupingDelay ?? this.#settings.groupingDelay;
  }

  mayCombine(verb: string, other: string): boolean {
    const combineWith = this.#settings.handlers.get(verb)?.combineWith;
    return combineWith !== undefined && Object.hasOwn(combineWith, other);
  }

  findCombinable(
    newer: HandlerAction,
    candidates: readonly CombineCandidate[],
    timeBudget: TimeBudget,
  ): Promise<number> {
    const newerCopy = copyForHandler(newer);
    const calls = candidates.map(({ verb, other, older }) => ({
      call: { verb, part: `combineWith.${other}`, action: newer.id },
      evaluate: () => {
        const combineWith = this.#settings.handlers.get(verb)?.combineWith;
        return (
          combineWith &&
          Object.hasOwn(combineWith, other) &&
          combineWith[other]?.(newerCopy, copyForHandler(older))
        );
      },
      fallback: () => false,
    }));
    return this.#evaluator.findFirst(calls, timeBudget);
  }

  hasCustomGrouping(verb: string): boolean {
    return this.#settings.handlers.get(verb)?.group !== undefined;
  }

  findSimilar(
    newer: HandlerAction,
    older: readonly HandlerAction[],
    fallback: (index: number) => boolean,
    timeBudget: TimeBudget,
  ): Promise<number> {
    const handler = this.#settings.handlers.get(newer.verb);
    const call = { verb: newer.verb, part: 'group', action: newer.id };
    const newerCopy = copyForHandler(newer);
    const calls = older.map((each, index) => ({
      call,
      evaluate: () => handler?.group?.(newerCopy, copyForHandler(each)),
      fallback: () => fallback(index),
    }));
    return this.#evaluator.findFirst(calls, timeBudget);
  }

  hasCustomText(verb: string): boolean {
    return this.#settings.handlers.get(verb)?.text !== undefined;
  }

  text(action: HandlerAction, context: TextContext): string | null {
    const handler = this.#settings.handlers.get(action.verb);
    if (!handler?.text) return null;
    const call = { verb: action.verb, part: 'text', action: action.id };
    this.#textMonitor?.enter(call);
    try {
      const text: unknown = this.#breaker.runSync(circuitKey(call), this.#deadlineMs, () =>
        this.#runInScope(call, () =>
          handler.text?.(copyForHandler(action), { ...context, context: copy(context.context) }),
        ),
      );
      if (typeof text === 'string') return text;
      // An unhandled rejection of a returned promise would end the process.
      void Promise.resolve(text).catch(() => undefined);
      throw new TypeError('must return a string, and not a promise');
    } catch (error) {
      this.#report(call, error);
      return null;
    } finally {
      this.#textMonitor?.leave();
    }
  }

  async visibleTo(action: StoredAction, users: readonly string[]): Promise<ReadonlySet<string> | null> {
    const { visible } = this.#settings;
    if (!visible) return new Set(users);
    const call = { verb: action.verb, part: 'visible', action: action.id };
    try {
      // A skipped `visible` call would hide the action from everyone. A slow result is better than none, so
      // slow promises do not open the circuit.
      const visibleIds: unknown = await this.#breaker.runAsync(
        circuitKey(call),
        this.#visibleMs,
        () => this.#runInScope(call, () => visible(copyForHandler(action), [...users])),
        { toleratesSlowPromises: true },
      );
      if (!Array.isArray(visibleIds)) throw new TypeError('must return a list of user ids');
      const requested = new Set(users);
      return new Set(visibleIds.filter((user) => requested.has(user)));
    } catch (error) {
      this.#report(call, error);
      return null;
    }
  }

  async press(action: StoredAction, user: string, button: string): Promise<PressOutcome> {
    const press = this.#settings.handlers.get(action.verb)?.press;
    if (!press) return { kind: 'accepted' };
    const call = { verb: action.verb, part: 'press', action: action.id };
    try {
      await this.#breaker.runAsync(circuitKey(call), this.#pressMs, () => {
        this.#textMonitor?.enter(call);
        try {
          return this.#runInScope(call, () => press(button, { action: copyForHandler(action), user }));
        } finally {
          this.#textMonitor?.leave();
        }
      });
      return { kind: 'accepted' };
    } catch (error) {
      const isUnavailable = error instanceof HandlerTimeoutError || error instanceof CircuitOpenError;
      // Applications refuse with errors, which are no faults. These classes mean a defect.
      if (isUnavailable || error instanceof TypeError || error instanceof ReferenceError)
        this.#report(call, error);
      return isUnavailable
        ? { kind: 'unavailable' }
        : { kind: 'refused', message: asError(error).message.slice(0, MAX_REFUSAL_LENGTH) };
    }
  }

  /** Attributes errors in timers and promises that outlive the call to the handler. */
  #runInScope<T>(call: HandlerCallInfo, run: () => T): T {
    if (this.#isCircuitOpen(call)) throw new CircuitOpenError('the circuit is open in all processes');
    return handlerScope.run({ call, onStrayError: (error) => this.#reportStrayError(call, error) }, run);
  }

  #reportStrayError(call: HandlerCallInfo, error: unknown): void {
    this.#report(call, error);
    const openError = this.#breaker.recordStrayError(circuitKey(call));
    if (openError) this.#onFault({ ...call, error: openError });
  }

  #report(call: HandlerCallInfo, error: unknown): void {
    // The error that opened the circuit was reported.
    if (error instanceof CircuitOpenError) return;
    const faultKey = JSON.stringify([call.verb, call.part, call.action]);
    if (this.#reported.has(faultKey)) return;
    this.#reported.set(faultKey, true);
    this.#onFault({ ...call, error: asError(error) });
  }
}

/** A handler may mutate its arguments, so it gets copies. */
const copyForHandler = (action: HandlerAction): HandledAction => copy(presentForHandler(action));

function copy<T>(json: T): T;
function copy(json: unknown): unknown {
  if (Array.isArray(json)) return json.map((each: unknown) => copy(each));
  if (typeof json !== 'object' || json === null) return json;
  // fromEntries and not assignment: a key named __proto__ stays a key.
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, copy(value)]));
}
