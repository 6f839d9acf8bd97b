/**
 * Replays GitHub's payloads through the public API, from the demo page's button.
 *
 * - idle: nothing is sent; `sent` and `error` tell of the last run
 * - running: actions go out one after another at `rate`, until stopped or refused
 *
 * idle → running (start) → running (start with another rate) → idle (stop, or an error)
 */
import type { ActionInput } from '../protocol/entities.ts';
import type { Api } from './api.ts';
import { batchSize, inBatches, Pace } from './batches.ts';
import { passes } from './passes.ts';

export interface ReplayStatus {
  running: boolean;
  /** Actions per second. */
  rate: number;
  sent: number;
  /** How many there are until they begin again. */
  total: number;
  /** Why the last run ended, where it was not stopped. */
  error: string | null;
}

export class Replayer {
  readonly #actions: ActionInput[];
  readonly #api: (signal: AbortSignal) => Api;
  #status: ReplayStatus;
  #abort: AbortController | undefined;
  #run: Promise<void> = Promise.resolve();
  #changed: Promise<void> = Promise.resolve();

  constructor(actions: ActionInput[], api: (signal: AbortSignal) => Api) {
    this.#actions = actions;
    this.#api = api;
    this.#status = { running: false, rate: 0, sent: 0, total: actions.length, error: null };
  }

  status(): ReplayStatus {
    return { ...this.#status };
  }

  /** Starts, or goes on from where it is at another rate (actions per second). */
  start(rate: number): Promise<ReplayStatus> {
    return this.#inTurn(async () => {
      const from = this.#status.running ? this.#status.sent : 0;
      await this.#end();
      const abort = new AbortController();
      this.#abort = abort;
      this.#status = { ...this.#status, running: true, rate, sent: from, error: null };
      this.#run = this.#send(rate, from, abort.signal);
    });
  }

  /** Settles when nothing is sent any more. */
  stop(): Promise<ReplayStatus> {
    return this.#inTurn(() => this.#end());
  }

  /** Two visitors may press the button at once: one run at a time. */
  #inTurn(change: () => Promise<void>): Promise<ReplayStatus> {
    const changed = this.#changed.then(change);
    this.#changed = changed;
    return changed.then(() => this.status());
  }

  async #end(): Promise<void> {
    this.#abort?.abort();
    await this.#run;
  }

  async #send(rate: number, from: number, signal: AbortSignal): Promise<void> {
    const api = this.#api(signal);
    const pace = new Pace(rate);
    const offset = from % Math.max(1, this.#actions.length);
    const actions = [...this.#actions.slice(offset), ...this.#actions.slice(0, offset)];
    try {
      for await (const batch of inBatches(passes(actions, Date.now().toString(36)), batchSize(rate))) {
        await pace.wait(batch.length, signal);
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
