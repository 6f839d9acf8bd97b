/**
 * Measures the time from acceptance to receipt, and attributes it to disturbances. The time is split into segments:
 *
 *   accepted ── a process crashes ── a database fails … and recovers ── received
 *   └ otherwise ┘└───── process ─────┘   (not counted)  └── database ──┘
 *
 * The time in which a database is unavailable does not count. The limit of a segment depends on the disturbance before it.
 *
 * The probes are connected to every gateway, so a fault of one gateway is no excuse. The time in which every gateway has a
 * fault counts as if a database were unavailable.
 */
export type Cause = 'process' | 'database' | 'forgotten';

interface Disturbance {
  cause: Cause;
  what: string;
  from: number;
  /** `null`: not ended yet. */
  to: number | null;
}

export interface Pause {
  milliseconds: number;
  /** The event at the start of the segment; `accepted` without a disturbance. */
  after: Cause | 'accepted';
  what: string;
  acceptedAt: number;
  receivedAt: number;
}

export interface PausesDeps {
  /** The number of gateways. */
  gateways: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** A disturbance may still delay actions that are accepted within this time after it. */
const RECENT_MS = 10_000;

/** Milliseconds. Without a disturbance the limit is that of a process crash. */
export const LIMITS: Record<Pause['after'], number> = {
  process: 5_000,
  database: 3_000,
  forgotten: 60_000,
  accepted: 5_000,
};

export class Pauses {
  readonly longest = new Map<Pause['after'], Pause>();
  readonly overLimit: Pause[] = [];
  readonly #disturbances: Disturbance[] = [];
  readonly #gateways: number;
  readonly #now: () => number;
  /** The faults of each faulty gateway. */
  readonly #faultyGateways = new Map<string, Set<string>>();
  #endOutage: (() => void) | null = null;

  constructor({ gateways, now = Date.now }: PausesDeps) {
    this.#gateways = gateways;
    this.#now = now;
  }

  /** Starts a fault of a gateway. Returns a function that ends it. */
  disturbGateway(gateway: string, what: string): () => void {
    const faults = this.#faultyGateways.get(gateway) ?? new Set();
    this.#faultyGateways.set(gateway, faults.add(what));
    if (this.#faultyGateways.size === this.#gateways) {
      this.#endOutage ??= this.disturb('database', `no healthy gateway: ${what}`);
    }
    return () => {
      faults.delete(what);
      if (faults.size > 0) return;
      this.#faultyGateways.delete(gateway);
      this.#endOutage?.();
      this.#endOutage = null;
    };
  }

  /** Starts another disturbance. Returns a function that ends it. */
  disturb(cause: Cause, what: string): () => void {
    const disturbance: Disturbance = { cause, what, from: this.#now(), to: null };
    this.#disturbances.push(disturbance);
    return () => {
      disturbance.to = this.#now();
    };
  }

  recordDelivery(acceptedAt: number, receivedAt: number): void {
    for (const pause of this.#segments(acceptedAt, receivedAt)) {
      if (pause.milliseconds > (this.longest.get(pause.after)?.milliseconds ?? 0)) {
        this.longest.set(pause.after, pause);
      }
      if (pause.milliseconds > LIMITS[pause.after]) this.overLimit.push(pause);
    }
  }

  #segments(acceptedAt: number, receivedAt: number): Pause[] {
    const segments: Pause[] = [];
    let current = { at: acceptedAt, after: 'accepted' as Pause['after'], what: '' };
    const addSegment = (until: number): void => {
      const { at, after, what } = current;
      if (until > at) segments.push({ milliseconds: until - at, after, what, acceptedAt, receivedAt });
    };
    for (const { cause, what, from, to } of this.#disturbances) {
      // The effect of a process crash begins at once.
      const end = cause === 'database' ? Math.min(to ?? receivedAt, receivedAt) : from;
      if (from >= receivedAt || end < Math.max(current.at - RECENT_MS, acceptedAt - RECENT_MS)) continue;
      if (from > current.at) addSegment(from);
      if (end >= current.at || current.at === acceptedAt)
        current = { at: Math.max(current.at, end), after: cause, what };
    }
    addSegment(receivedAt);
    return segments;
  }
}
