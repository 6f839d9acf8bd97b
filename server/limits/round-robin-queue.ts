/** A round-robin queue of keyed queues: `next` takes turns between keys, so that a long queue does not delay a short one. */
export class RoundRobinQueue<T> {
  /** The next key comes first. No queue is empty. */
  readonly #queues = new Map<string, Set<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(key: string): number {
    return this.#queues.get(key)?.size ?? 0;
  }

  /** Appends an item to the queue of its key, which must not contain it already. */
  add(key: string, item: T): void {
    const items = this.#queues.get(key) ?? new Set();
    this.#queues.set(key, items.add(item));
    this.#size += 1;
  }

  delete(key: string, item: T): boolean {
    const items = this.#queues.get(key);
    if (items?.delete(item) !== true) return false;
    this.#size -= 1;
    if (items.size === 0) this.#queues.delete(key);
    return true;
  }

  /** Removes and returns the next item. Its key moves behind the others. */
  next(): T | undefined {
    const [first] = this.#queues;
    if (!first) return undefined;
    const [key, items] = first;
    const [item] = items as Iterable<T> as [T];
    this.#queues.delete(key);
    if (items.size > 1) this.#queues.set(key, items);
    items.delete(item);
    this.#size -= 1;
    return item;
  }
}
