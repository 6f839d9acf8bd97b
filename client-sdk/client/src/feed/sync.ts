/**
 * Keeps the feed complete: decides what to fetch after a gap, one request at a time.
 *
 * The kinds of sync, from least to most:
 * - nothing: pushes alone keep the feed current
 * - changes: pushes may have been lost; fetch the changes since the last position
 * - reload: the position is invalid, or there is none yet; fetch the first page
 *
 * A sync that is requested during another one runs after it. A failed sync is retried with exponential backoff while
 * the connection is up. A new connection starts it at once.
 */

import { HubError, retryDelay } from '../../../common/hub-error.ts';
import { initialRetryDelay } from '../environment.ts';

export const nothing = 0;
export const changes = 1;
export const reload = 2;
export type SyncKind = typeof nothing | typeof changes | typeof reload;

export interface SyncPorts {
  /** Sends the request and applies the response. */
  fetch(kind: SyncKind): Promise<void>;
  onError(error: HubError): void;
  /** Whether a request can be sent now. */
  isReady(): boolean;
}

const maxRetryDelay = 15_000;

export class Sync {
  readonly #ports: SyncPorts;
  #requested: SyncKind = nothing;
  #isRunning = false;
  #currentRun: Promise<void> = Promise.resolve();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryDelay = initialRetryDelay;
  #generation = 0;

  constructor(ports: SyncPorts) {
    this.#ports = ports;
  }

  /** Resolves when no sync is requested any more, or the attempt failed. */
  request(kind: SyncKind): Promise<void> {
    if (kind > this.#requested) this.#requested = kind;
    if (!this.#isRunning) this.#currentRun = this.#run();
    return this.#currentRun;
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#requested = nothing;
    this.#generation += 1;
  }

  /** `#isRunning` is reset synchronously after the last check, so a later request always starts a new run. */
  async #run(): Promise<void> {
    clearTimeout(this.#retry);
    this.#isRunning = true;
    while (this.#requested !== nothing && this.#ports.isReady()) {
      const kind = this.#requested;
      const generation = this.#generation;
      this.#requested = nothing;
      try {
        await this.#ports.fetch(kind);
        this.#retryDelay = initialRetryDelay;
      } catch (thrown) {
        // Stopped meanwhile: only later requests count.
        if (generation !== this.#generation) continue;
        if (kind > this.#requested) this.#requested = kind;
        const error = HubError.from(thrown);
        this.#ports.onError(error);
        if (error.code === 'disconnected') continue;
        if (error.retryable && this.#ports.isReady()) this.#scheduleRetry(error);
        break;
      }
    }
    this.#isRunning = false;
  }

  #scheduleRetry(error: HubError): void {
    const delay = retryDelay(this.#retryDelay, Math.random, error);
    this.#retry = setTimeout(() => void this.request(nothing), delay);
    this.#retryDelay = Math.min(this.#retryDelay * 2, maxRetryDelay);
  }
}
