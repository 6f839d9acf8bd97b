import type { DeletedObject } from '../../../core/model/entities.ts';
import type { ObjectStore } from '../../../core/ports/objects.ts';

export class MemoryObjects implements ObjectStore {
  readonly #byKey = new Map<string, DeletedObject>();

  async deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>> {
    const requested = new Set(keys);
    return new Map(structuredClone([...this.#byKey].filter(([key]) => requested.has(key))));
  }

  async keysByType(
    type: string,
    { after = '', limit }: { after?: string; limit: number },
  ): Promise<string[]> {
    const keys = [...this.#byKey.keys()].filter((key) => key.startsWith(`${type}:`) && key > after);
    return keys.sort().slice(0, limit);
  }

  async delete(object: DeletedObject): Promise<DeletedObject> {
    const { key, actions, position } = object;
    const known = this.#byKey.get(key);
    if (!known) this.#byKey.set(key, structuredClone(object));
    else if (known.actions === 'keep' && actions === 'delete')
      this.#byKey.set(key, { ...known, actions, position });
    return structuredClone(this.#byKey.get(key) ?? object);
  }
}
