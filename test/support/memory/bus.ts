import { itemId } from '../../../core/model/keys.ts';
import type { Bus, BusMessage } from '../../../core/ports/bus.ts';

export interface Published {
  space: string;
  message: BusMessage;
}

/** Delivers messages synchronously, and records them. */
export class MemoryBus implements Bus {
  readonly published: Published[] = [];
  readonly #listeners = new Set<(published: Published) => void>();

  async publish(space: string, message: BusMessage): Promise<void> {
    const published = structuredClone({ space, message });
    this.published.push(published);
    for (const listener of this.#listeners) listener(published);
  }

  /** Returns a function that removes the listener. */
  listen(listener: (published: Published) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ids of all published items. */
  publishedItemIds(): Set<string> {
    return new Set(
      this.published.flatMap(({ message }) =>
        message.kind === 'items'
          ? message.groups.flatMap(({ action, users }) => users.map((user) => itemId(action, user)))
          : [],
      ),
    );
  }
}
