import type { ActionInput, LogAnswer } from '../../../protocol/entities.ts';
import { HubError, retryDelay } from '../../common/hub-error.ts';
import type { ConnectionProblem } from './connection.ts';
import { type Environment, initialRetryDelay } from './environment.ts';
import { isBusy, type RpcCalls } from './rpc-client.ts';
import { listen } from './socket-listeners.ts';

export interface LogOptions {
  /** Resolves when the feeds are up to date, with `results`; after 30 s without them. Default false. */
  wait?: boolean;
}

interface QueueEntry {
  input: ActionInput | ActionInput[];
  options: LogOptions;
  /** `retries`: retryable errors so far. `failures`: those of them that do not mean that the hub is busy. */
  retries: number;
  failures: number;
  resolve(result: LogAnswer): void;
  reject(error: HubError): void;
}

/** Length of the JSON; each character is at least one byte. A frame that is too large for the hub closes the connection, on every retry. */
const maxCharacters = 2 ** 20;
/** Actions that may wait, including the ones being sent. */
const maxQueuedActions = 1_000;
/** Attempts for a call that fails although the hub is not busy. The call itself may cause the error. */
const maxAttempts = 6;
const maxRetryDelay = 15_000;

/**
 * Sends logged actions in order, one call at a time (decision 27). The queue is
 * - empty: no call waits
 * - waiting: for the connection, or to retry the first call after a retryable error. It waits as long as the hub is
 *   busy, and `Connection.problem` says so.
 * - sending: the first call is in flight. If the connection breaks before the acknowledgement, it stays first in the
 *   queue.
 *
 * Every action has a key, so a retried call logs it only once.
 */
export class LogQueue {
  readonly #rpc: RpcCalls;
  readonly #environment: Environment;
  readonly #report: (problem: ConnectionProblem | null) => void;
  readonly #stopListening: () => void;
  readonly #entries: QueueEntry[] = [];
  #isSending = false;
  #endPause = (): void => undefined;

  constructor(rpc: RpcCalls, environment: Environment, report: (problem: ConnectionProblem | null) => void) {
    this.#rpc = rpc;
    this.#report = report;
    this.#environment = environment;
    const send = (): void => void this.#send();
    this.#stopListening = listen(rpc.socket, { connect: send, connect_error: send, disconnect: send });
  }

  log(rawInput: ActionInput | ActionInput[], options: LogOptions): Promise<LogAnswer> {
    return new Promise((resolve, reject) => {
      const input = withKeys(rawInput);
      if (JSON.stringify(input).length > maxCharacters) {
        throw new HubError('payload_too_large', 'The input is larger than 1 MiB', false);
      }
      const queuedCount = this.#entries.flatMap((entry) => entry.input).length;
      if (queuedCount > 0 && queuedCount + [input].flat().length > maxQueuedActions) {
        throw new HubError('queue_full', `${queuedCount} actions wait to be logged`, true);
      }
      this.#entries.push({ input, options, retries: 0, failures: 0, resolve, reject });
      void this.#send();
    });
  }

  /** Call it when the RPC client rejects all calls: waiting entries then reject, too. */
  close(): void {
    this.#stopListening();
    this.#endPause();
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let [entry] = this.#entries; entry && this.#rpc.isReady; [entry] = this.#entries) {
      const { input, options, resolve, reject } = entry;
      const error = await this.#rpc.call('log', input, options).then(resolve, HubError.from);
      const retryAfterMs = error ? this.#retryAfter(error, entry) : null;
      if (error && retryAfterMs) {
        this.#report({ error, retryAt: this.#environment.now() + retryAfterMs });
        await this.#pause(retryAfterMs);
        // If the connection broke meanwhile, it reported its own problem.
        if (this.#rpc.socket.connected) this.#report(null);
      }
      if (retryAfterMs !== null) continue;
      if (error) reject(error);
      this.#entries.shift();
    }
    this.#isSending = false;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#environment.after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Milliseconds until the next attempt; null: do not retry. */
  #retryAfter(error: HubError, entry: QueueEntry): number | null {
    const { code, retryable } = error;
    if (code === 'disconnected') return 0;
    if (!isBusy(error)) entry.failures += 1;
    if (!retryable || code === 'unauthenticated' || entry.failures >= maxAttempts) return null;
    const delay = Math.min(initialRetryDelay * 2 ** entry.retries, maxRetryDelay);
    entry.retries += 1;
    return retryDelay(delay, this.#environment.random, error);
  }
}

/** Returns a copy as it will be sent, with a key on each action. */
function withKeys(rawInput: ActionInput | ActionInput[]): ActionInput | ActionInput[] {
  try {
    const input: ActionInput | ActionInput[] = JSON.parse(JSON.stringify(rawInput));
    for (const action of [input].flat()) action.key ??= randomKey();
    return input;
  } catch {
    throw new HubError('invalid_input', 'The input must be JSON', false);
  }
}

/** 128 random bits. `randomUUID` is not available on pages without HTTPS. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
