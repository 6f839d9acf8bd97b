import type { DeletedObject, Display } from '../../../core/model/entities.ts';
import { keyOf } from '../../../core/model/keys.ts';
import type { ObjectStore } from '../../../core/ports/objects.ts';
import type { Ref } from '../../../protocol/entities.ts';

export class MemoryObjects implements ObjectStore {
  readonly #deleted = new Map<string, DeletedObject>();
  readonly #displays = new Map<string, Display>();

  async deleted(keys: readonly string[]): Promise<Map<string, DeletedObject>> {
    return named(this.#deleted, keys);
  }

  async keysByType(
    type: string,
    { after = '', limit }: { after?: string; limit: number },
  ): Promise<string[]> {
    const keys = [...this.#deleted.keys()].filter((key) => key.startsWith(`${type}:`) && key > after);
    return keys.sort().slice(0, limit);
  }

  async delete(object: DeletedObject, removeDisplay = false): Promise<DeletedObject> {
    const { key, actions, position } = object;
    const known = this.#deleted.get(key);
    if (removeDisplay) this.#displays.delete(key);
    if (!known) this.#deleted.set(key, structuredClone(object));
    else if (known.actions === 'keep' && actions === 'delete')
      this.#deleted.set(key, { ...known, actions, position });
    return structuredClone(this.#deleted.get(key) ?? object);
  }

  async displays(keys: readonly string[]): Promise<Map<string, Display>> {
    return named(this.#displays, keys);
  }

  async hasDisplays(): Promise<boolean> {
    return this.#displays.size > 0;
  }

  async setDisplays(refs: readonly Ref[]): Promise<void> {
    for (const ref of refs) {
      const { type: _, id: __, ...display } = ref;
      const key = keyOf(ref);
      if (this.#deleted.has(key)) continue;
      if (Object.keys(display).length > 0) this.#displays.set(key, structuredClone(display));
      else this.#displays.delete(key);
    }
  }
}

function named<T>(all: ReadonlyMap<string, T>, keys: readonly string[]): Map<string, T> {
  const requested = new Set(keys);
  return new Map(structuredClone([...all].filter(([key]) => requested.has(key))));
}
