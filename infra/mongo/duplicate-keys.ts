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

/**
 * Returns which of these ids another write inserted. The driver repeats a write whose response was lost. If the database had
 * executed it, the repetition finds its own documents, which are no duplicates: `findOwn` returns those.
 * @throws the error itself if it has any other cause
 */
export async function foreignDuplicates(
  error: unknown,
  ids: readonly string[],
  findOwn: (duplicates: readonly string[]) => PromiseLike<ReadonlyArray<{ _id: string }>>,
): Promise<string[]> {
  const duplicates = duplicateIndexes(error).flatMap((index) => ids[index] ?? []);
  const own = new Set((await findOwn(duplicates)).map(({ _id }) => _id));
  return duplicates.filter((id) => !own.has(id));
}
