import type { ActionInput, LogAnswer } from '../../protocol/entities.ts';
import { listen } from './arrivals.ts';
import { type Calls, isBusy } from './caller.ts';
import type { ConnectionProblem } from './connection.ts';
import { HubError, retryDelay } from './error.ts';
import { firstRetry, type Surroundings } from './surroundings.ts';

export interface LogOptions {
  /** Answers when the feeds are up to date, with `results`; after 30 s without them. Default false. */
  wait?: boolean;
}

interface Entry {
  input: ActionInput | ActionInput[];
  options: LogOptions;
  /** Refusals so far that may pass, and of those the ones that say nothing of how busy the hub is. */
  refusals: number;
  failures: number;
  resolve(answer: LogAnswer): void;
  reject(error: HubError): void;
}

/** Of JSON, each at least a byte. A frame too large for the hub ends the connection, again at every attempt. */
const mostCharacters = 2 ** 20;
/** Actions that may wait, the one being sent among them. */
const mostWaiting = 1_000;
/** How often a call is sent that fails without the hub being busy: it may be the call's own fault. */
const mostAttempts = 6;
const longestRetry = 15_000;

/**
 * What is logged, in order, one call at a time (decision 27). It is
 * - empty: nothing waits
 * - waiting: for the connection, or to send the first again after a refusal that may pass; for as long as the hub is
 *   busy, and `Connection.problem` says so
 * - sending: the first is under way; where the connection breaks before the answer it stays the first
 *
 * Every action has a key, so that what is sent again is logged once.
 */
export class LogQueue {
  readonly #calls: Calls;
  readonly #surroundings: Surroundings;
  readonly #report: (problem: ConnectionProblem | null) => void;
  readonly #mute: () => void;
  readonly #entries: Entry[] = [];
  #isBusy = false;
  #goOn = (): void => undefined;

  constructor(calls: Calls, surroundings: Surroundings, report: (problem: ConnectionProblem | null) => void) {
    this.#calls = calls;
    this.#report = report;
    this.#surroundings = surroundings;
    const send = (): void => void this.#send();
    this.#mute = listen(calls.socket, { connect: send, connect_error: send, disconnect: send });
  }

  log(given: ActionInput | ActionInput[], options: LogOptions): Promise<LogAnswer> {
    return new Promise((resolve, reject) => {
      const input = withKeys(given);
      if (JSON.stringify(input).length > mostCharacters) {
        throw new HubError('payload_too_large', 'What is logged is over 1 MiB', false);
      }
      const waiting = this.#entries.flatMap((entry) => entry.input).length;
      if (waiting > 0 && waiting + [input].flat().length > mostWaiting) {
        throw new HubError('queue_full', `${waiting} actions wait to be logged`, true);
      }
      this.#entries.push({ input, options, refusals: 0, failures: 0, resolve, reject });
      void this.#send();
    });
  }

  /** There are no calls any more: what waits is rejected. */
  close(): void {
    this.#mute();
    this.#goOn();
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let [entry] = this.#entries; entry && this.#calls.isReady; [entry] = this.#entries) {
      const { input, options, resolve, reject } = entry;
      const error = await this.#calls.call('log', input, options).then(resolve, HubError.from);
      const waitsFor = error ? this.#retryAfter(error, entry) : null;
      if (error && waitsFor) {
        this.#report({ error, retryAt: this.#surroundings.now() + waitsFor });
        await this.#pause(waitsFor);
        // A connection that broke meanwhile has a problem of its own.
        if (this.#calls.socket.connected) this.#report(null);
      }
      if (waitsFor !== null) continue;
      if (error) reject(error);
      this.#entries.shift();
    }
    this.#isBusy = false;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#surroundings.after(ms, resolve);
      this.#goOn = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Milliseconds; null: never. */
  #retryAfter(error: HubError, entry: Entry): number | null {
    const { code, retryable } = error;
    if (code === 'disconnected') return 0;
    if (!isBusy(error)) entry.failures += 1;
    if (!retryable || code === 'unauthenticated' || entry.failures >= mostAttempts) return null;
    const delay = Math.min(firstRetry * 2 ** entry.refusals, longestRetry);
    entry.refusals += 1;
    return retryDelay(delay, this.#surroundings.random, error);
  }
}

/** A copy as the wire will have it, each action with a key. */
function withKeys(given: ActionInput | ActionInput[]): ActionInput | ActionInput[] {
  try {
    const input: ActionInput | ActionInput[] = JSON.parse(JSON.stringify(given));
    for (const action of [input].flat()) action.key ??= freshKey();
    return input;
  } catch {
    throw new HubError('invalid_input', 'What is logged must be JSON', false);
  }
}

/** 128 random bits. Not `randomUUID`, which pages without HTTPS lack. */
function freshKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
