/** How long reads may take, and when they stop. */
import { mongo } from 'mongoose';
import { TooSlow } from '../../core/errors.ts';

/** Options of the driver. */
export interface ReadOptions {
  signal?: AbortSignal;
  maxTimeMS?: number;
}

/** A read on behalf of a call; nobody waits longer for one. */
const MOST_MS = 10_000;
const MAX_TIME_EXPIRED = 50;

/** Reads on behalf of a call: an abort closes the connection they run on, so that the database stops as well. */
export const readsOf = (signal: AbortSignal | undefined): ReadOptions =>
  signal ? { signal, maxTimeMS: MOST_MS } : {};

export const within = (reads: ReadOptions, mostMs: number | undefined): ReadOptions =>
  mostMs === undefined ? reads : { ...reads, maxTimeMS: mostMs };

/** Throws what the driver says as the store's users know it. */
export async function told<T>(reads: ReadOptions, read: PromiseLike<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (reads.signal?.aborted) throw reads.signal.reason;
    if (error instanceof mongo.MongoServerError && error.code === MAX_TIME_EXPIRED) throw new TooSlow();
    throw error;
  }
}
