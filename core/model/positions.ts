/**
 * Positions order the changes of a feed (decision 7). Internally they are integers: microseconds since 1970,
 * incremented where two would be equal. Externally they are strings with the same order.
 *
 *     plain        16 digits
 *     continuing   <plain>.<final position>.<item id>   one page of a response with `more: true`
 *     complete     <position - 1>~                      the response holds every change up to the position
 *
 * A continuing position is exact. The final position is fixed by the first page: a write that was in flight
 * then may have a position below that of items already sent. A complete position compares as lower than a
 * push of the same position, so a client applies that push again. Pushes carry plain positions, because one
 * push may overtake another.
 */
import { invalid } from '../errors.ts';

/** A write becomes visible within this time of its position, or gets a new position. */
export const MAX_IN_FLIGHT_MS = 30_000;

/** An invalidation is active for this long, unless it ends before (decision 15). */
export const INVALIDATION_ACTIVE_MS = 60_000;
/** Invalidations can be queried for this long. */
export const INVALIDATION_RETENTION_MS = 600_000;

/** Removed items are reported for this long (decision 16), and kept a little longer. */
export const REMOVED_REPORTED_MS = 29 * 24 * 3_600_000;
export const REMOVED_RETENTION_MS = 30 * 24 * 3_600_000;

export interface Position {
  position: number;
  /** The id of the last item sent. Set on a continuing position. */
  after: string | null;
}

/** A position that a client sent. */
export interface ParsedPosition extends Position {
  /** The response that carried it held every change up to it. */
  isComplete: boolean;
  /** Set on a continuing position: the position of the last page. */
  finalPosition: number | null;
}

const POSITION_PATTERN = /^(\d{16})(?:(~)|\.(\d{16})\.(.{1,380}))?$/s;

export const formatPosition = (position: number): string => String(position).padStart(16, '0');

export const formatComplete = (position: number): string =>
  position > 0 ? `${formatPosition(position - 1)}~` : formatPosition(position);

export const formatContinuing = (position: number, finalPosition: number, after: string): string =>
  `${formatPosition(position)}.${formatPosition(finalPosition)}.${after}`;

/** @throws HubError invalid_input */
export function parsePosition(text: string): ParsedPosition {
  const [, digits, completeMark, finalDigits, after] = POSITION_PATTERN.exec(text) ?? [];
  const isComplete = completeMark !== undefined;
  const position = Number(digits) + (isComplete ? 1 : 0);
  const numbers = [position, Number(finalDigits ?? digits)];
  if (!numbers.every(Number.isSafeInteger)) {
    throw invalid([{ path: 'position', message: 'must be a position that the hub gave' }]);
  }
  return {
    position,
    isComplete,
    after: after ?? null,
    finalPosition: finalDigits === undefined ? null : Number(finalDigits),
  };
}

/**
 * Returns the position to read changes from. Pushes can overtake each other, so a plain position starts
 * earlier.
 */
export const overlapWindow = ({ position, after }: Position): Position =>
  after === null
    ? { position: Math.max(0, position - MAX_IN_FLIGHT_MS * 1_000), after: null }
    : { position, after };
