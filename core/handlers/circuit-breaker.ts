/**
 * Runs application code with a time limit and a circuit breaker, so that its faults do not affect anything
 * else. A watchdog interrupts endless loops, and a timer abandons slow promises.
 *
 * There is one **circuit** for each part of a handler:
 * - closed: calls run. After `TIMEOUT_THRESHOLD` consecutive timeouts, or `trip`, the circuit opens.
 * - open: calls fail immediately. After `cooldownMs` the circuit is half-open.
 * - half-open: calls run. A success closes the circuit, a timeout opens it again.
 *
 * The code may also throw outside its calls, for example in a timer. After `STRAY_ERROR_THRESHOLD` such
 * errors within `cooldownMs` the circuit opens.
 *
 * A loop after an `await` cannot be interrupted. Only a restart of the process ends it.
 */
import { createContext, Script } from 'node:vm';
import { LRUCache } from 'lru-cache';

export interface CircuitBreakerOptions {
  /** How long a circuit stays open. Default: 30,000 ms. */
  cooldownMs?: number;
  /** A clock in milliseconds. */
  now?: () => number;
}

/** The code did not return, or its promise did not settle, before the deadline. */
export class HandlerTimeoutError extends Error {}

/** The circuit is open: the code is not called. */
export class CircuitOpenError extends Error {}

const TIMEOUT_THRESHOLD = 3;
const STRAY_ERROR_THRESHOLD = 3;
/** Circuits kept. There may be more, because verbs come from outside. The least recently used are evicted. */
const MAX_CIRCUITS = 1_000;

/** V8 interrupts everything that a script calls, in any realm. Costs about 50 µs per call. */
const watchdogScript = new Script('run()');
const noop = (): void => undefined;

function createRealm(): { run: () => void } {
  const realm = { run: noop };
  createContext(realm);
  return realm;
}

export class CircuitBreaker {
  readonly #cooldownMs: number;
  readonly #now: () => number;
  readonly #timeouts = new LRUCache<string, { consecutive: number; openUntil: number }>({
    max: MAX_CIRCUITS,
  });
  readonly #strayErrors = new LRUCache<string, { count: number; since: number }>({ max: MAX_CIRCUITS });
  /** Created on first use, because most hubs have no application code. */
  #realm: { run: () => void } | undefined;

  constructor({ cooldownMs = 30_000, now = Date.now }: CircuitBreakerOptions = {}) {
    this.#cooldownMs = cooldownMs;
    this.#now = now;
  }

  /** Returns the result of `run`, or rethrows its error. @throws HandlerTimeoutError, CircuitOpenError */
  runSync<T>(circuit: string, deadlineMs: number, run: () => T): T {
    this.#throwIfOpen(circuit);
    const result = this.#runWithWatchdog(circuit, deadlineMs, run);
    this.#timeouts.delete(circuit);
    return result;
  }

  /** As `runSync`, also for promises. `toleratesSlowPromises`: only loops count as timeouts. */
  async runAsync<T>(
    circuit: string,
    deadlineMs: number,
    run: () => T | PromiseLike<T>,
    { toleratesSlowPromises = false } = {},
  ): Promise<T> {
    this.#throwIfOpen(circuit);
    const result = this.#runWithWatchdog(circuit, deadlineMs, run);
    const toTimeoutError = () =>
      toleratesSlowPromises
        ? new HandlerTimeoutError(`took longer than ${deadlineMs} ms`)
        : this.#countTimeout(circuit, deadlineMs);
    const value = isPromiseLike(result)
      ? await this.#withTimeout(deadlineMs, result, toTimeoutError)
      : result;
    this.#timeouts.delete(circuit);
    return value;
  }

  /** Opens the circuit, because its calls took too long (`ms`) altogether. Returns the error to report. */
  trip(circuit: string, ms: number): HandlerTimeoutError {
    return this.#setTimeoutCount(circuit, ms, TIMEOUT_THRESHOLD);
  }

  /** Counts an error thrown outside a call. Returns the error to report if the circuit opens, else null. */
  recordStrayError(circuit: string): Error | null {
    const previous = this.#strayErrors.get(circuit);
    const now = this.#now();
    const { count, since } =
      previous && now - previous.since < this.#cooldownMs ? previous : { count: 0, since: now };
    this.#strayErrors.delete(circuit);
    if (count + 1 >= STRAY_ERROR_THRESHOLD) {
      this.#setTimeoutCount(circuit, 0, TIMEOUT_THRESHOLD);
      return new Error(
        `failed ${STRAY_ERROR_THRESHOLD} times outside its calls; it is not called for ${this.#cooldownMs} ms`,
      );
    }
    this.#strayErrors.set(circuit, { count: count + 1, since });
    return null;
  }

  #throwIfOpen(circuit: string): void {
    const timeouts = this.#timeouts.get(circuit);
    if (timeouts && timeouts.openUntil > this.#now())
      throw new CircuitOpenError('timed out too often; the circuit is open');
  }

  #runWithWatchdog<T>(circuit: string, timeout: number, run: () => T): T {
    // The result is passed through a variable, because the script's own result has no type.
    let result: { value: T } | undefined;
    this.#realm ??= createRealm();
    this.#realm.run = () => {
      result = { value: run() };
    };
    try {
      watchdogScript.runInContext(this.#realm, { timeout, displayErrors: false });
    } catch (error) {
      if (isInterruption(error)) throw this.#countTimeout(circuit, timeout);
      throw error;
    } finally {
      this.#realm.run = noop;
    }
    if (!result) throw new Error('the script did not run');
    return result.value;
  }

  async #withTimeout<T>(
    deadlineMs: number,
    result: PromiseLike<T>,
    toTimeoutError: () => HandlerTimeoutError,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(toTimeoutError()), deadlineMs);
    });
    try {
      return await Promise.race([result, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  #countTimeout(circuit: string, deadlineMs: number): HandlerTimeoutError {
    return this.#setTimeoutCount(circuit, deadlineMs, (this.#timeouts.get(circuit)?.consecutive ?? 0) + 1);
  }

  #setTimeoutCount(circuit: string, ms: number, consecutive: number): HandlerTimeoutError {
    const isOpen = consecutive >= TIMEOUT_THRESHOLD;
    this.#timeouts.set(circuit, { consecutive, openUntil: isOpen ? this.#now() + this.#cooldownMs : 0 });
    const suffix = isOpen ? `; it is not called for ${this.#cooldownMs} ms` : '';
    return new HandlerTimeoutError(`took longer than ${ms} ms${suffix}`);
  }
}

const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** `instanceof` would not work, because the error belongs to the script's realm. */
const isInterruption = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
