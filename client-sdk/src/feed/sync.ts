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
import { HubError } from '../error.ts';

export type Wanted = 'nothing' | 'changes' | 'reload';

export interface SyncPorts {
  /** Asks for it and applies the answer. */
  fetch(wanted: 'changes' | 'reload'): Promise<void>;
  failed(error: HubError): void;
  connected(): boolean;
}

const rank: Record<Wanted, number> = { nothing: 0, changes: 1, reload: 2 };
const firstRetry = 500;
const longestRetry = 15_000;

export class Sync {
  readonly #ports: SyncPorts;
  #wanted: Wanted = 'nothing';
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
    if (rank[wanted] > rank[this.#wanted]) this.#wanted = wanted;
    if (!this.#isRunning) this.#done = this.#run();
    return this.#done;
  }

  stop(): void {
    clearTimeout(this.#retry);
    this.#wanted = 'nothing';
    this.#stops += 1;
  }

  /** Ends in the same step in which it finds nothing to do: what is wanted later has to begin it anew. */
  async #run(): Promise<void> {
    clearTimeout(this.#retry);
    this.#isRunning = true;
    while (this.#wanted !== 'nothing' && this.#ports.connected()) {
      const wanted = this.#wanted;
      const stops = this.#stops;
      this.#wanted = 'nothing';
      try {
        await this.#ports.fetch(wanted);
        this.#retryDelay = firstRetry;
      } catch (thrown) {
        // Whoever began anew meanwhile says what is wanted.
        if (stops !== this.#stops) continue;
        if (rank[wanted] > rank[this.#wanted]) this.#wanted = wanted;
        const error = HubError.from(thrown);
        this.#ports.failed(error);
        if (error.code === 'disconnected') continue;
        if (error.retryable && this.#ports.connected()) this.#tryLater();
        break;
      }
    }
    this.#isRunning = false;
  }

  #tryLater(): void {
    this.#retry = setTimeout(() => void this.want('nothing'), this.#retryDelay);
    this.#retryDelay = Math.min(this.#retryDelay * 2, longestRetry);
  }
}
