import type { DeletedObject } from '../model.ts';

/** Objects that the application said it deleted. */
export interface ObjectStore {
  /** Those of these keys that were deleted, by key. */
  deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>>;
  /** Keys of deleted objects of a type, in order, after the one given. */
  keysOf(type: string, query: { after?: string; limit: number }): Promise<string[]>;
  /** The first deletion stays, but that `delete` goes over `keep`; answers what is stored. */
  delete(object: DeletedObject): Promise<DeletedObject>;
}
