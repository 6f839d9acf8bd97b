import type { DeletedObject } from '../model/entities.ts';

/** Objects that the application deleted. */
export interface ObjectStore {
  /** Returns the deleted objects among these keys, by key. */
  deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>>;
  /** Returns keys of deleted objects of a type, sorted, after the key `after`. */
  keysByType(type: string, query: { after?: string; limit: number }): Promise<string[]>;
  /** Stores the deletion unless there is one; `delete` overrides `keep`. Returns the stored one. */
  delete(object: DeletedObject): Promise<DeletedObject>;
}
