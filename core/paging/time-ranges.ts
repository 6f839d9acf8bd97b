/** Scans a long list in its order by time ranges, with a limit on the entries scanned for one response. */
import { asMillis, type Millis } from '../model/units.ts';
import type { TimeCursor } from './cursor.ts';

export interface RangePage<T> {
  entries: T[];
  /** All entries up to this cursor were in this page or an earlier one. */
  upTo: TimeCursor;
}

export interface RangeScan<T> {
  /** Reads entries after the cursor `after` and not earlier than `since`, newest first. */
  read(range: { after: TimeCursor | null; since: Millis | undefined; limit: number }): Promise<readonly T[]>;
  cursorOf(entry: T): TimeCursor;
  start: TimeCursor | null;
  since?: Millis;
  /** Read before each page. */
  readonly pageSize: number;
  /** Length of the first range. Default: unlimited. */
  initialSpanMs?: Millis;
}

/** Longer than any history. Such a range has no lower bound. */
const MAX_SPAN_MS = asMillis(100 * 365 * 86_400_000);
/** The next range grows by this factor if a range contains less than a page. */
const SPAN_GROWTH = 4;

/**
 * Limits each read to a time range with probably about a page of entries, because some database engines sort
 * all matches before they return the first.
 */
export async function* scanByTimeRange<T>(scan: RangeScan<T>): AsyncIterable<RangePage<T>> {
  const { cursorOf } = scan;
  let after = scan.start;
  let spanMs: number = scan.initialSpanMs ?? Infinity;
  for (;;) {
    const { pageSize } = scan;
    // The start of the first range matters little, because ranges grow until they contain entries.
    const rangeStart = asMillis((after?.time ?? Date.now()) - spanMs);
    const isLast = spanMs >= MAX_SPAN_MS || (scan.since !== undefined && rangeStart <= scan.since);
    const found = await scan.read({ after, since: isLast ? scan.since : rangeStart, limit: pageSize });
    const [newest, oldest] = [found.at(0), found.at(-1)];
    const isExhausted = found.length < pageSize;
    if (isExhausted && !isLast) {
      after = { time: rangeStart, id: '' };
      spanMs *= SPAN_GROWTH;
    } else if (newest && oldest) {
      after = cursorOf(oldest);
      spanMs = Math.max(1, 2 * (cursorOf(newest).time - after.time));
    }
    if (after && found.length > 0) yield { entries: [...found], upTo: after };
    if (isExhausted && isLast) return;
  }
}

/** Maximum of entries and time that a response scans. The next page continues the scan. */
export const scanBounds: { entries: number; ms: Millis } = { entries: 10_000, ms: asMillis(2_000) };

/** Limits the scan for one response. When the budget is spent, the response ends with a cursor. */
export class ScanBudget {
  readonly #until = performance.now() + scanBounds.ms;
  #entries = scanBounds.entries;

  /** Returns true if budget remains after these entries. */
  spend(entries: number): boolean {
    this.#entries -= entries;
    return this.#entries > 0 && performance.now() < this.#until;
  }
}

/** Time limit of a direct store query. After that, the list is scanned and filtered in memory. */
export const DIRECT_QUERY_TIMEOUT_MS = asMillis(1_000);
/** The first range of a scan with filters. */
export const INITIAL_SPAN_MS = asMillis(7 * 86_400_000);
