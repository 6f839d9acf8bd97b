import { invalid } from '../errors.ts';
import type { FeedPlace } from '../ports/stores.ts';

/** Milliseconds between 1970 and the last moment that dates know. */
const LAST_DATE = 8.64e15;

/** Cursors name the last item before the next page, so they stay right while new items arrive. */
export const formatCursor = (place: FeedPlace): string =>
  Buffer.from(JSON.stringify([place.at, place.id])).toString('base64url');

/** @throws HubError invalid_input */
export function parseCursor(cursor: string): FeedPlace {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [at, id] = parsed;
      const isPlace =
        Number.isInteger(at) && Math.abs(at) <= LAST_DATE && typeof id === 'string' && id !== '';
      // Written in any other way it is not from the hub.
      if (isPlace && formatCursor({ at, id }) === cursor) return { at, id };
    }
  } catch {
    // Falls through to the refusal.
  }
  throw invalid([{ path: 'cursor', message: 'must be a cursor that the hub gave' }]);
}
