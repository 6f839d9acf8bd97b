import { mongo } from 'mongoose';

const DUPLICATE_KEY = 11_000;

/**
 * The indexes of the documents an insert refused because they were there already.
 * @throws the error itself where anything else went wrong
 */
export function duplicateIndexes(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  // None where the connection broke.
  const failed = [error.writeErrors ?? []].flat();
  if (failed.length === 0 || failed.some((each) => each.code !== DUPLICATE_KEY)) throw error;
  return failed.map((each) => each.index);
}
