import { mongo } from 'mongoose';

const DUPLICATE_KEY = 11_000;

/**
 * Returns the indexes of documents that an insert rejected because they already exist.
 * @throws the error itself if it has any other cause
 */
export function duplicateIndexes(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  // Empty if the connection broke.
  const failed = [error.writeErrors ?? []].flat();
  if (failed.length === 0 || failed.some((each) => each.code !== DUPLICATE_KEY)) throw error;
  return failed.map((each) => each.index);
}
