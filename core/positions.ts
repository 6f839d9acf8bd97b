/**
 * Positions order the changes of a feed (decision 7). Inside they are whole numbers, microseconds since 1970
 * moved on by one where two fall together; outside they are strings that compare as they do.
 *
 * A **plain** position has 16 digits. A **continuing** one, given with `more: true`, goes on with `.`, the plain
 * position that the finished answer will carry, `.` and the id of the last item that was sent; it is exact. That
 * first position is kept because a change that was in flight then may lie before what was sent since.
 *
 * A **complete** position is that of an answer that holds every change up to it: the position before it and `~`, so that it
 * compares as lower than a push of the same position, which a client applies again. Pushes have plain positions, because one
 * may have overtaken another.
 */
import { invalid } from './errors.ts';

/** A change is visible to readers at most this long after its position was taken, or it is stamped again. */
export const MOST_IN_FLIGHT_MS = 30_000;

/** What began to be taken away counts for this long, unless it is done before (decision 15). */
export const CHURN_ACTIVE_MS = 60_000;
/** What was taken away is known for this long. */
export const CHURN_KEPT_MS = 600_000;

/** Items that left a feed are told of for this long (decision 16), and kept a little longer. */
export const REMOVED_TOLD_MS = 29 * 24 * 3_600_000;
export const REMOVED_KEPT_MS = 30 * 24 * 3_600_000;

export interface Position {
  pos: number;
  /** Set on a continuing position. */
  after: string | null;
}

/** A position as a caller gives it. */
export interface GivenPosition extends Position {
  /** Every change up to it was in the answer that gave it. */
  isComplete: boolean;
  /** Set on a continuing position: what the finished answer will carry. */
  upTo: number | null;
}

const FORM = /^(\d{16})(?:(~)|\.(\d{16})\.(.{1,380}))?$/s;

export const formatPosition = (pos: number): string => String(pos).padStart(16, '0');

export const formatComplete = (pos: number): string =>
  pos > 0 ? `${formatPosition(pos - 1)}~` : formatPosition(pos);

export const formatContinuing = (pos: number, upTo: number, after: string): string =>
  `${formatPosition(pos)}.${formatPosition(upTo)}.${after}`;

/** @throws HubError invalid_input */
export function parsePosition(text: string): GivenPosition {
  const [, digits, mark, upTo, after] = FORM.exec(text) ?? [];
  const isComplete = mark !== undefined;
  const pos = Number(digits) + (isComplete ? 1 : 0);
  const numbers = [pos, Number(upTo ?? digits)];
  if (!numbers.every(Number.isSafeInteger)) {
    throw invalid([{ path: 'position', message: 'must be a position that the hub gave' }]);
  }
  return { pos, isComplete, after: after ?? null, upTo: upTo === undefined ? null : Number(upTo) };
}

/** Where to look for changes from: pushes can overtake each other, so a plain position looks back. */
export const lookBack = ({ pos, after }: Position): Position =>
  after === null ? { pos: Math.max(0, pos - MOST_IN_FLIGHT_MS * 1_000), after: null } : { pos, after };
