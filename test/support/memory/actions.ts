import type { StoredAction } from '../../../core/model.ts';
import type { ActionStore } from '../../../core/ports/stores.ts';
import { noPause, type Pause } from './pause.ts';

export class MemoryActions implements ActionStore {
  readonly #byId = new Map<string, StoredAction>();
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async insertInOrder(actions: readonly StoredAction[]): Promise<number> {
    for (const [index, action] of actions.entries()) {
      if (index > 0) await this.#pause();
      if (this.#byId.has(action.id)) return index;
      this.#byId.set(action.id, structuredClone(action));
    }
    return actions.length;
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredAction>> {
    // In the store's order, not in that of the ids: no caller may rely on one.
    const wanted = new Set(ids);
    return new Map(structuredClone([...this.#byId].filter(([id]) => wanted.has(id))));
  }

  all(): StoredAction[] {
    return structuredClone([...this.#byId.values()]);
  }
}
