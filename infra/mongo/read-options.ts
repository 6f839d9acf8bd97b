/** Time limits and cancellation of reads. */
import { mongo } from 'mongoose';
import { ReadTimeoutError } from '../../core/errors.ts';

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

/** Translates driver errors into the errors of the store ports. */
export async function mapReadErrors<T>(readOptions: ReadOptions, read: PromiseLike<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (readOptions.signal?.aborted) throw readOptions.signal.reason;
    if (error instanceof mongo.MongoServerError && error.code === MAX_TIME_EXPIRED)
      throw new ReadTimeoutError();
    throw error;
  }
}
