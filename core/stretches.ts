/** Reading a long list in its order, by stretches of time, with a bound on what one answer looks through. */

/** Newest first, ties by id. */
export interface Place {
  time: number;
  id: string;
}

export interface Stretch<T> {
  entries: T[];
  /** Everything up to here was in this stretch or one before it. */
  upTo: Place;
}

export interface Stretches<T> {
  /** Entries behind `after` and not earlier than `since`, newest first. */
  read(range: { after: Place | null; since: number | undefined; limit: number }): Promise<readonly T[]>;
  placeOf(entry: T): Place;
  start: Place | null;
  /** Nothing earlier is wanted. */
  since?: number;
  /** Entries at a time. */
  size: number;
  /** Milliseconds of the first stretch; by default it has no bound. */
  span?: number;
}

/** Longer than any history: no bound at all. */
const MOST_SPAN_MS = 100 * 365 * 86_400_000;
/** How much longer a stretch of time is looked at where there is less in it than asked for. */
const WIDER = 4;

/**
 * Each stretch is asked for within a time that probably holds as many entries as asked for: some engines sort all that
 * matches before they give the first.
 */
export async function* stretches<T>(of: Stretches<T>): AsyncIterable<Stretch<T>> {
  const { size, placeOf } = of;
  let after = of.start;
  let span = of.span ?? Infinity;
  for (;;) {
    // Where the first stretch begins matters little: it widens until something is found.
    const low = (after?.time ?? Date.now()) - span;
    const isLast = span >= MOST_SPAN_MS || (of.since !== undefined && low <= of.since);
    const found = await of.read({ after, since: isLast ? of.since : low, limit: size });
    const [newest, oldest] = [found.at(0), found.at(-1)];
    const isAll = found.length < size;
    if (isAll && !isLast) {
      after = { time: low, id: '' };
      span *= WIDER;
    } else if (newest && oldest) {
      after = placeOf(oldest);
      span = Math.max(1, 2 * (placeOf(newest).time - after.time));
    }
    if (after && found.length > 0) yield { entries: [...found], upTo: after };
    if (isAll && isLast) return;
  }
}

/** What one answer may look through until it ends with a cursor. */
export class Budget {
  readonly #until: number;
  #entries: number;

  constructor({ entries, ms }: { entries: number; ms: number }) {
    this.#entries = entries;
    this.#until = performance.now() + ms;
  }

  /** Whether there is something left after these. */
  spend(entries: number): boolean {
    this.#entries -= entries;
    return this.#entries > 0 && performance.now() < this.#until;
  }
}

/** Of one answer: a scan that was not done by then goes on with the next page. */
export const scanBounds = { entries: 10_000, ms: 2_000 } as const;
/** A store gets this long to find all by itself; then it is asked for stretches, of which each entry is looked at. */
export const QUICK_MS = 1_000;
/** Of a scan for what is rare, at first. */
export const FIRST_SPAN_MS = 7 * 86_400_000;
