import { mongo } from 'mongoose';

const DUPLICATE_KEY = 11_000;

/** Says why the database rejected one document of a command. */
export interface WriteError {
  index: number;
  code: number;
  errmsg?: string;
}

/**
 * Returns the indexes of documents that an insert rejected because they already exist.
 * @throws the error itself if it has any other cause
 */
export function duplicateIndexes(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  // Empty if the connection broke.
  const failed = [error.writeErrors ?? []].flat();
  if (failed.length === 0 || failed.some(isOther)) throw error;
  return failed.map((each) => each.index);
}

/** Returns true if the document was rejected for another reason than that it exists. */
export const isOther = ({ code }: WriteError): boolean => code !== DUPLICATE_KEY;

/**
 * Returns which of the rejected ids another write inserted. The driver repeats a write whose response was lost. If the database
 * had executed it, the repetition finds its own documents, which are no duplicates: `findOwn` returns those.
 */
export async function foreignDuplicates(
  rejected: readonly number[],
  ids: readonly string[],
  findOwn: (duplicates: readonly string[]) => PromiseLike<ReadonlyArray<{ _id: string }>>,
): Promise<string[]> {
  const duplicates = rejected.flatMap((index) => ids[index] ?? []);
  const own = new Set((await findOwn(duplicates)).map(({ _id }) => _id));
  return duplicates.filter((id) => !own.has(id));
}
