/**
 * Positions order the changes of a feed (decision 7). Internally they are integers (`units.ts`). Externally
 * they are strings with the same order.
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
import { asMillis, asPosition, type Position, positionBefore, toMicros } from './units.ts';

/** A write becomes visible within this time of its position, or gets a new position. */
export const MAX_IN_FLIGHT_MS = asMillis(30_000);

/** An invalidation is active for this long, unless it ends before (decision 15). */
export const INVALIDATION_ACTIVE_MS = asMillis(60_000);
/** Invalidations can be queried for this long. */
export const INVALIDATION_RETENTION_MS = asMillis(600_000);

/** Removed items are reported for this long (decision 16), and kept a little longer. */
export const REMOVED_REPORTED_MS = asMillis(29 * 24 * 3_600_000);
export const REMOVED_RETENTION_MS = asMillis(30 * 24 * 3_600_000);

/** A place in the changes of a feed. */
export interface ChangeCursor {
  position: Position;
  /** The id of the last item sent. Set on a continuing position. */
  after: string | null;
}

/** A position that a client sent. */
export interface ParsedPosition extends ChangeCursor {
  /** The response that carried it held every change up to it. */
  isComplete: boolean;
  /** Set on a continuing position: the position of the last page. */
  finalPosition: Position | null;
}

const POSITION_PATTERN = /^(\d{16})(?:(~)|\.(\d{16})\.(.{1,380}))?$/s;

export const formatPosition = (position: Position): string => String(position).padStart(16, '0');

export const formatComplete = (position: Position): string =>
  position > 0 ? `${formatPosition(asPosition(position - 1))}~` : formatPosition(position);

export const formatContinuing = (position: Position, finalPosition: Position, after: string): string =>
  `${formatPosition(position)}.${formatPosition(finalPosition)}.${after}`;

/** @throws HubError invalid_input */
export function parsePosition(text: string): ParsedPosition {
  const [, digits, completeMark, finalDigits, after] = POSITION_PATTERN.exec(text) ?? [];
  const isComplete = completeMark !== undefined;
  const position = asPosition(Number(digits) + (isComplete ? 1 : 0));
  const numbers = [position, Number(finalDigits ?? digits)];
  if (!numbers.every(Number.isSafeInteger)) {
    throw invalid([{ path: 'position', message: 'must be a position that the hub gave' }]);
  }
  return {
    position,
    isComplete,
    after: after ?? null,
    finalPosition: finalDigits === undefined ? null : asPosition(Number(finalDigits)),
  };
}

/** Returns where to read changes from. Pushes overtake each other, so a plain position starts earlier. */
export const overlapWindow = ({ position, after }: ChangeCursor): ChangeCursor =>
  after === null
    ? { position: positionBefore(position, toMicros(MAX_IN_FLIGHT_MS)), after: null }
    : { position, after };
