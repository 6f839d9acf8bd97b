import { z } from 'zod';
import { invalid } from '../errors.ts';
import { asMillis, type Millis } from '../model/units.ts';

/** Identifies the last entry of a page, so it stays valid while new ones arrive. Ties are ordered by id. */
export interface TimeCursor {
  time: Millis;
  id: string;
}

export const timeCursor = z.object({ time: z.number().brand<'Millis'>(), id: z.string() });

/** The maximum time value of a `Date`. */
const MAX_DATE_MS = 8.64e15;

export const formatCursor = ({ time, id }: TimeCursor): string =>
  Buffer.from(JSON.stringify([time, id])).toString('base64url');

/** Returns null without a cursor: the list starts at the newest entry. @throws HubError invalid_input */
export function parseCursor(cursor: string | undefined): TimeCursor | null {
  if (cursor === undefined) return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [time, id] = parsed;
      const isValid =
        Number.isInteger(time) && Math.abs(time) <= MAX_DATE_MS && typeof id === 'string' && id !== '';
      const result = { time: asMillis(time), id };
      // Only the exact encoding of the hub is valid.
      if (isValid && formatCursor(result) === cursor) return result;
    }
  } catch {
    // Falls through to the error.
  }
  throw invalid([{ path: 'cursor', message: 'must be a cursor that the hub gave' }]);
}

/** Returns the cursor after an action in a list by timestamp. */
export const cursorOf = ({ timestamp, id }: { timestamp: Millis; id: string }): TimeCursor => ({
  time: timestamp,
  id,
});
