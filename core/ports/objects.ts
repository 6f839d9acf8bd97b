import type { Ref } from '../../protocol/entities.ts';
import type { DeletedObject, Display } from '../model/entities.ts';

/** Objects that the application registered or deleted. An object has one record for both, so that they cannot contradict. */
export interface ObjectStore {
  /** Returns the deleted objects among these keys, by key. */
  deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>>;
  /** Returns keys of deleted objects of a type, sorted, after the key `after`. */
  keysByType(type: string, query: { after?: string; limit: number }): Promise<string[]>;
  /**
   * Stores the deletion unless there is one; `delete` overrides `keep`. Returns the stored one. `removeDisplay`: the display
   * goes with it.
   */
  delete(object: DeletedObject, removeDisplay?: boolean): Promise<DeletedObject>;
  /** Returns the registered displays of these objects, by key. */
  displays(keys: readonly string[]): Promise<Map<string, Display>>;
  /** Returns true if an object of the space is registered. */
  hasDisplays(): Promise<boolean>;
  /**
   * Registers the display fields of these refs, each of another object. Replaces the display of an object as a whole. Without
   * display fields, removes the registration. Has no effect on deleted objects.
   */
  setDisplays(refs: readonly Ref[]): Promise<void>;
}
