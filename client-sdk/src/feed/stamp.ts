/**
 * What is newer: positions alone do not say it of answers. A push is ordered by its position. An answer was read
 * after everything the hub had pushed when it was asked for, and may still carry a lower position, because the hub
 * never gives one beyond a change that is being written. So where pushes were lost, an answer holds against
 * whatever had been applied when it was asked for, and yields to newer pushes that came meanwhile.
 */

/** When something was last applied. Positions are opaque and compare as strings; `''` stands before all of them. */
export interface Stamp {
  readonly position: string;
  /** How many events the state had taken in. */
  readonly turn: number;
}

/** The state when an answer was asked for; of it, this counts. */
export interface Asked {
  readonly turn: number;
  /** When the run of pushes had last been broken. */
  readonly broken: number;
  /** Whether no push could have been lost by then. */
  readonly unbroken: boolean;
}

/** What comes in: a push, or the answer to something asked. */
export interface Arrival {
  readonly position: string;
  readonly asked?: Asked;
}

export const never: Stamp = { position: '', turn: 0 };

/** Whether what was applied is newer than what comes in. Of equal positions the later to come is applied. */
export function overtakes(applied: Stamp, { position, asked }: Arrival): boolean {
  if (applied.position <= position) return false;
  return asked === undefined || asked.unbroken || applied.turn > asked.turn;
}

/** The stamp after applying: a position never goes back. */
export function stamped(applied: Stamp, { position }: Arrival, turn: number): Stamp {
  return { position: later(applied.position, position), turn };
}

export function later(a: string, b: string): string {
  return a > b ? a : b;
}

export function earlier(a: string, b: string): string {
  return later(a, b) === a ? b : a;
}
