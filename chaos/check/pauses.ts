/**
 * How long what was accepted waited, beside what was wrong at the time. The wait is cut into pieces:
 *
 *   accepted ── a process dies ── a database goes … and comes back ── received
 *   └ otherwise ┘└─── process ────┘  (not counted)  └─── database ────┘
 *
 * The time in which a database is away does not count. Each piece has the limit of what came last before it.
 *
 * The probes are connected to every gateway, so a fault of one gateway excuses no wait. The time in which every gateway has a
 * fault counts as if a database were away.
 */
export type Trouble = 'process' | 'database' | 'forgotten';

interface Disturbance {
  trouble: Trouble;
  what: string;
  from: number;
  /** `null`: it goes on. */
  to: number | null;
}

export interface Pause {
  milliseconds: number;
  /** What it is counted from; `accepted` where nothing was wrong. */
  after: Trouble | 'accepted';
  what: string;
  acceptedAt: number;
  receivedAt: number;
}

export interface PausesDeps {
  /** How many gateways there are. */
  gateways: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** What was accepted so soon after something went wrong may have to wait for that. */
const RECENT_MS = 10_000;

/** Milliseconds; what was accepted while nothing was wrong may wait as long as after a death. */
export const LIMITS: Record<Pause['after'], number> = {
  process: 5_000,
  database: 3_000,
  forgotten: 60_000,
  accepted: 5_000,
};

export class Pauses {
  readonly longest = new Map<Pause['after'], Pause>();
  readonly above: Pause[] = [];
  readonly #disturbances: Disturbance[] = [];
  readonly #gateways: number;
  readonly #now: () => number;
  /** What is wrong with each gateway that something is wrong with. */
  readonly #unwell = new Map<string, Set<string>>();
  #endOfAll: (() => void) | null = null;

  constructor({ gateways, now = Date.now }: PausesDeps) {
    this.#gateways = gateways;
    this.#now = now;
  }

  /** Something is wrong with a gateway. Returns the function that says that it is over. */
  disturbGateway(gateway: string, what: string): () => void {
    const wrongs = this.#unwell.get(gateway) ?? new Set();
    this.#unwell.set(gateway, wrongs.add(what));
    if (this.#unwell.size === this.#gateways) {
      this.#endOfAll ??= this.disturb('database', `no gateway was well: ${what}`);
    }
    return () => {
      wrongs.delete(what);
      if (wrongs.size > 0) return;
      this.#unwell.delete(gateway);
      this.#endOfAll?.();
      this.#endOfAll = null;
    };
  }

  /** Something else is wrong. Returns the function that says that it is over. */
  disturb(trouble: Trouble, what: string): () => void {
    const disturbance: Disturbance = { trouble, what, from: this.#now(), to: null };
    this.#disturbances.push(disturbance);
    return () => {
      disturbance.to = this.#now();
    };
  }

  delivered(acceptedAt: number, receivedAt: number): void {
    for (const pause of this.#pieces(acceptedAt, receivedAt)) {
      if (pause.milliseconds > (this.longest.get(pause.after)?.milliseconds ?? 0)) {
        this.longest.set(pause.after, pause);
      }
      if (pause.milliseconds > LIMITS[pause.after]) this.above.push(pause);
    }
  }

  #pieces(acceptedAt: number, receivedAt: number): Pause[] {
    const pieces: Pause[] = [];
    let now = { at: acceptedAt, after: 'accepted' as Pause['after'], what: '' };
    const piece = (until: number): void => {
      const { at, after, what } = now;
      if (until > at) pieces.push({ milliseconds: until - at, after, what, acceptedAt, receivedAt });
    };
    for (const { trouble, what, from, to } of this.#disturbances) {
      // A process that died is missed from then on.
      const end = trouble === 'database' ? Math.min(to ?? receivedAt, receivedAt) : from;
      if (from >= receivedAt || end < Math.max(now.at - RECENT_MS, acceptedAt - RECENT_MS)) continue;
      if (from > now.at) piece(from);
      if (end >= now.at || now.at === acceptedAt) now = { at: Math.max(now.at, end), after: trouble, what };
    }
    piece(receivedAt);
    return pieces;
  }
}
