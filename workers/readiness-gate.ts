import type { Logger } from '../infra/log.ts';

const PROBE_MS = 500;

interface ReadinessGateDeps {
  /** Resolves if all databases respond; rejects otherwise. */
  probe(): Promise<unknown>;
  onOpen(): void;
  onClose(): void;
  log: Logger;
}

/**
 * Lets a worker take jobs only while its databases are available.
 *
 *     closed ── probe succeeds ──▶ open ── `trip` ──▶ closed
 *
 * The gate starts **closed** and probes twice a second. While it is **open** it does not probe: a failing job is noticed sooner.
 */
export class ReadinessGate {
  readonly #deps: ReadinessGateDeps;
  #state: 'closed' | 'open' | 'stopped' = 'closed';
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ReadinessGateDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#probe();
  }

  /** A job found a database unavailable. */
  trip(error: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#deps.log.warn({ err: error }, 'database unavailable; paused job processing');
    this.#deps.onClose();
    this.#timer = setTimeout(() => void this.#probe(), PROBE_MS);
  }

  stop(): void {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
  }

  async #probe(): Promise<void> {
    const isAvailable = await this.#deps.probe().then(
      () => true,
      () => false,
    );
    if (this.#state !== 'closed') return;
    if (!isAvailable) {
      this.#timer = setTimeout(() => void this.#probe(), PROBE_MS);
      return;
    }
    this.#state = 'open';
    this.#deps.log.info('resumed job processing');
    this.#deps.onOpen();
  }
}
