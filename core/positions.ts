/**
 * Positions order the changes of a feed (decision 7). Inside they are whole numbers, microseconds since 1970
 * moved on by one where two fall together; outside they are strings that compare as they do.
 *
 * A **plain** position has 16 digits. A **continuing** one, given with `more: true`, goes on with `.` and the
 * id of the last item that was sent, and is exact.
 */
import { HubError } from './errors.ts';

/** A change is visible to readers at most this long after its position was taken, or it is stamped again. */
export const MOST_IN_FLIGHT_MS = 30_000;

export interface Position {
  pos: number;
  /** Set on a continuing position. */
  after: string | null;
}

export const formatPosition = (pos: number, after?: string): string =>
  `${String(pos).padStart(16, '0')}${after === undefined ? '' : `.${after}`}`;

export function parsePosition(text: string): Position {
  const pos = Number(text.slice(0, 16));
  if (!Number.isSafeInteger(pos)) {
    throw new HubError('invalid_input', 'position: must be a position that the hub gave', [
      { path: 'position', message: 'must be a position that the hub gave' },
    ]);
  }
  return { pos, after: text.length > 17 ? text.slice(17) : null };
}

/** Where to look for changes from: pushes can overtake each other, so a plain position looks back. */
export const lookBack = ({ pos, after }: Position): Position =>
  after === null ? { pos: Math.max(0, pos - MOST_IN_FLIGHT_MS * 1_000), after: null } : { pos, after };
