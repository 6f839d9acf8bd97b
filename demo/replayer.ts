/**
 * Replays GitHub's payloads through the public API, started by a button on the demo page.
 *
 * - idle: sends nothing; `sent` and `error` are those of the last run
 * - running: sends actions at `rate`, until it is stopped or a call fails
 *
 * idle → running (start) → running (start with another rate) → idle (stop, or an error)
 */
import type { ActionInput } from '../protocol/entities.ts';
import type { Api } from './api.ts';
import { batchSize, inBatches, RateLimiter } from './batches.ts';
import { repeatActions } from './repeat-actions.ts';

export interface ReplayStatus {
  running: boolean;
  /** Actions per second. */
  rate: number;
  sent: number;
  /** The number of payloads in one round. */
  total: number;
  /** Why the last run failed; `null`: it did not. */
  error: string | null;
}

export class Replayer {
  readonly #actions: ActionInput[];
  readonly #api: (signal: AbortSignal) => Api;
  #status: ReplayStatus;
  #abort: AbortController | undefined;
  #run: Promise<void> = Promise.resolve();
  #lastChange: Promise<void> = Promise.resolve();

  constructor(actions: ActionInput[], api: (signal: AbortSignal) => Api) {
    this.#actions = actions;
    this.#api = api;
    this.#status = { running: false, rate: 0, sent: 0, total: actions.length, error: null };
  }

  status(): ReplayStatus {
    return { ...this.#status };
  }

  /** Starts, or continues at another rate (actions per second). */
  start(rate: number): Promise<ReplayStatus> {
    return this.#enqueue(async () => {
      const from = this.#status.running ? this.#status.sent : 0;
      await this.#stopRun();
      const abort = new AbortController();
      this.#abort = abort;
      this.#status = { ...this.#status, running: true, rate, sent: from, error: null };
      this.#run = this.#send(rate, from, abort.signal);
    });
  }

  /** Resolves when sending has stopped. */
  stop(): Promise<ReplayStatus> {
    return this.#enqueue(() => this.#stopRun());
  }

  /** Serializes changes, because two visitors may press the button at once. */
  #enqueue(change: () => Promise<void>): Promise<ReplayStatus> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result;
    return result.then(() => this.status());
  }

  async #stopRun(): Promise<void> {
    this.#abort?.abort();
    await this.#run;
  }

  async #send(rate: number, from: number, signal: AbortSignal): Promise<void> {
    const api = this.#api(signal);
    const rateLimiter = new RateLimiter(rate);
    const offset = from % Math.max(1, this.#actions.length);
    const actions = [...this.#actions.slice(offset), ...this.#actions.slice(0, offset)];
    try {
      for await (const batch of inBatches(repeatActions(actions, Date.now().toString(36)), batchSize(rate))) {
        await rateLimiter.wait(batch.length, signal);
        await api.log(batch);
        this.#status.sent += batch.length;
      }
    } catch (error) {
      if (!signal.aborted) this.#status.error = error instanceof Error ? error.message : String(error);
    } finally {
      this.#status.running = false;
    }
  }
}
