/**
 * Keeps the feed whole: decides what to ask the hub for after a break, one request at a time.
 *
 * Wanted, from least to most:
 * - nothing: pushes alone keep the feed current
 * - changes: pushes may have been lost; ask for what changed since the last position
 * - reload: the position says nothing any more, or there is none yet; ask for the first page
 *
 * What becomes wanted while a request is under way is done after it. A failed request is tried again, later and
 * later, for as long as the connection is up; a new connection starts over.
 */
import { HubError, retryDelay } from '../error.ts';
import { firstRetry } from '../surroundings.ts';

export const nothing = 0;
export const changes = 1;
export const reload = 2;
export type Wanted = typeof nothing | typeof changes | typeof reload;

export interface SyncPorts {
  /** Asks for it and applies the answer. */
  fetch(wanted: Wanted): Promise<void>;
  failed(error: HubError): void;
  /** Whether it can be asked for now. */
  isReady(): boolean;
}

const longestRetry = 15_000;

export class Sync {
  readonly #ports: SyncPorts;
  #wanted: Wanted = nothing;
  #isRunning = false;
  #done: Promise<void> = Promise.resolve();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryDelay = firstRetry;
  #stops = 0;

  constructor(ports: SyncPorts) {
    this.#ports = ports;
  }

  /** Settles when nothing is wanted any more, or the attempt failed. */
  want(wanted: Wanted): Promise<void> {
    if (wanted > this.#wanted) this.#wanted = wanted;
    if (!this.#isRunning) this.#done = this.#run();
    return this.#done;
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#wanted = nothing;
    this.#stops += 1;
  }

  /** Ends in the same step in which it finds nothing to do: what is wanted later has to begin it anew. */
  async #run(): Promise<void> {
    clearTimeout(this.#retry);
    this.#isRunning = true;
    while (this.#wanted !== nothing && this.#ports.isReady()) {
      const wanted = this.#wanted;
      const stops = this.#stops;
      this.#wanted = nothing;
      try {
        await this.#ports.fetch(wanted);
        this.#retryDelay = firstRetry;
      } catch (thrown) {
        // Whoever began anew meanwhile says what is wanted.
        if (stops !== this.#stops) continue;
        if (wanted > this.#wanted) this.#wanted = wanted;
        const error = HubError.from(thrown);
        this.#ports.failed(error);
        if (error.code === 'disconnected') continue;
        if (error.retryable && this.#ports.isReady()) this.#tryLater(error);
        break;
      }
    }
    this.#isRunning = false;
  }

  #tryLater(error: HubError): void {
    const delay = retryDelay(this.#retryDelay, Math.random, error);
    this.#retry = setTimeout(() => void this.want(nothing), delay);
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
  }
}
