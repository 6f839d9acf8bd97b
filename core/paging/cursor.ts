import { invalid } from '../errors.ts';
import type { FeedCursor } from '../ports/stores.ts';

/** The maximum time value of a `Date`. */
const MAX_DATE_MS = 8.64e15;

/** A cursor identifies the last item of a page, so it stays valid while new items arrive. */
export const formatCursor = (cursor: FeedCursor): string =>
  Buffer.from(JSON.stringify([cursor.at, cursor.id])).toString('base64url');

/** @throws HubError invalid_input */
export function parseCursor(cursor: string): FeedCursor {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [at, id] = parsed;
      const isValid =
        Number.isInteger(at) && Math.abs(at) <= MAX_DATE_MS && typeof id === 'string' && id !== '';
      // Only the exact encoding of the hub is valid.
      if (isValid && formatCursor({ at, id }) === cursor) return { at, id };
    }
  } catch {
    // Falls through to the error.
  }
  throw invalid([{ path: 'cursor', message: 'must be a cursor that the hub gave' }]);
}
