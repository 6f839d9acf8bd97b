/**
 * How long what was accepted waited, beside what was wrong at the time. A delivery counts from the moment from which it
 * could be expected: when it was accepted, when the last database came back, when the last process died, whichever is
 * latest.
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

  /** Returns the function that says that it is over. */
  disturb(trouble: Trouble, what: string): () => void {
    const disturbance: Disturbance = { trouble, what, from: Date.now(), to: null };
    this.#disturbances.push(disturbance);
    return () => {
      disturbance.to = Date.now();
    };
  }

  delivered(acceptedAt: number, receivedAt: number): void {
    const pause = this.#of(acceptedAt, receivedAt);
    if (pause.milliseconds > (this.longest.get(pause.after)?.milliseconds ?? 0)) {
      this.longest.set(pause.after, pause);
    }
    if (pause.milliseconds > LIMITS[pause.after]) this.above.push(pause);
  }

  #of(acceptedAt: number, receivedAt: number): Pause {
    let latest: { at: number; after: Pause['after']; what: string } = {
      at: acceptedAt - RECENT_MS,
      after: 'accepted',
      what: '',
    };
    for (const { trouble, what, from, to } of this.#disturbances) {
      // A process that died is missed from then on; a database that is away cannot be expected to be of use.
      const at = trouble === 'database' ? Math.min(to ?? receivedAt, receivedAt) : from;
      if (from <= receivedAt && at > latest.at) latest = { at, after: trouble, what };
    }
    const { after, what } = latest;
    const milliseconds = Math.max(0, receivedAt - Math.max(acceptedAt, latest.at));
    return { milliseconds, after, what, acceptedAt, receivedAt };
  }
}
