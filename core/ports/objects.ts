import type { DeletedObject } from '../model.ts';

/** Objects that the application said it deleted. */
export interface ObjectStore {
  /** Those of these keys that were deleted, by key. */
  deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>>;
  /** The first deletion stays, but that `delete` goes over `keep`; answers what is stored. */
  delete(object: DeletedObject): Promise<DeletedObject>;
}
