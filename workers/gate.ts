import type { Logger } from '../infra/log.ts';

const PROBE_MS = 500;

export interface GateDeps {
  /** Resolves where the databases answer, rejects where one does not. */
  probe(): Promise<unknown>;
  onOpen(): void;
  onClose(): void;
  log: Logger;
}

/**
 * Lets a worker take jobs only while its databases answer.
 *
 *     closed ── the probe succeeds ──▶ open ── `trip` ──▶ closed
 *
 * It begins **closed** and probes twice a second; while it is **open** nothing is probed, for work shows it sooner.
 */
export class Gate {
  readonly #deps: GateDeps;
  #state: 'closed' | 'open' | 'ended' = 'closed';
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: GateDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#probe();
  }

  /** Work met a database that does not answer. */
  trip(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#deps.log.warn({ err: error }, 'a database is unavailable; taking no jobs');
    this.#deps.onClose();
    this.#timer = setTimeout(() => void this.#probe(), PROBE_MS);
  }

  end(): void {
    this.#state = 'ended';
    clearTimeout(this.#timer);
  }

  async #probe(): Promise<void> {
    const isThere = await this.#deps.probe().then(
      () => true,
      () => false,
    );
    if (this.#state !== 'closed') return;
    if (!isThere) {
      this.#timer = setTimeout(() => void this.#probe(), PROBE_MS);
      return;
    }
    this.#state = 'open';
    this.#deps.log.info('taking jobs');
    this.#deps.onOpen();
  }
}
