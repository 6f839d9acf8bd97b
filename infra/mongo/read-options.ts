/** Time limits, cancellation and paging of reads. */
import { mongo } from 'mongoose';
import { ReadTimeoutError } from '../../core/errors.ts';
import type { TimeCursor } from '../../core/paging/cursor.ts';

/** Options of the MongoDB driver. */
export interface ReadOptions {
  signal?: AbortSignal;
  maxTimeMS?: number;
}

/** Maximum duration of a read on behalf of a call. Callers do not wait longer. */
const MAX_READ_MS = 10_000;
const MAX_TIME_EXPIRED = 50;

/** For reads on behalf of a call. An abort closes their connection, so the database stops too. */
export const readOptionsFor = (signal: AbortSignal | undefined): ReadOptions =>
  signal ? { signal, maxTimeMS: MAX_READ_MS } : {};

export const withMaxTime = (readOptions: ReadOptions, maxTimeMs: number | undefined): ReadOptions =>
  maxTimeMs === undefined ? readOptions : { ...readOptions, maxTimeMS: maxTimeMs };

/** Runs a query with these options. Translates driver errors as `mapReadErrors` does. */
export async function read<T>(
  query: PromiseLike<T> & { setOptions(options: ReadOptions): unknown },
  readOptions: ReadOptions,
): Promise<T> {
  query.setOptions(readOptions);
  return mapReadErrors(query, readOptions);
}

/** Translates driver errors into the errors of the store ports. */
export async function mapReadErrors<T>(reading: PromiseLike<T>, { signal }: ReadOptions): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof mongo.MongoServerError && error.code === MAX_TIME_EXPIRED)
      throw new ReadTimeoutError();
    throw error;
  }
}

/** The range of dates, in milliseconds. Documents without a date are outside it. */
export const MIN_DATE = -8_640_000_000_000_000;
export const MAX_DATE = 8_640_000_000_000_000;

/** The filter of a page of documents, newest first by `field`, then by `_id`. Both bounds are inclusive. */
export function pageFilter(
  field: string,
  { since, until, after }: { since?: number; until?: number; after?: TimeCursor | null },
) {
  const latest = Math.min(until ?? Number.POSITIVE_INFINITY, after?.time ?? Number.POSITIVE_INFINITY);
  const range = {
    ...(since !== undefined && { $gte: new Date(since) }),
    ...(Number.isFinite(latest) && { $lte: new Date(latest) }),
  };
  const end = after && new Date(after.time);
  return {
    // The range is where the index scan starts. `$or` excludes the end of the previous page.
    ...(Object.keys(range).length > 0 && { [field]: range }),
    ...(end && { $or: [{ [field]: { $lt: end } }, { [field]: end, _id: { $lt: after.id } }] }),
  };
}
