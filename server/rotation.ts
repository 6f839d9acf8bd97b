/** Lines that take turns: each `next` is the first item of another line, so that a long line does not keep a short one waiting. */
export class Rotation<T> {
  /** By name, the line whose turn it is first. No line is empty. */
  readonly #lines = new Map<string, Set<T>>();
  #size = 0;

  /** Items of all lines. */
  get size(): number {
    return this.#size;
  }

  sizeOf(line: string): number {
    return this.#lines.get(line)?.size ?? 0;
  }

  /** Adds an item, which must not be in the line already, at the end of its line. */
  add(line: string, item: T): void {
    const items = this.#lines.get(line) ?? new Set();
    this.#lines.set(line, items.add(item));
    this.#size += 1;
  }

  /** Returns whether the item was there. */
  delete(line: string, item: T): boolean {
    const items = this.#lines.get(line);
    if (items?.delete(item) !== true) return false;
    this.#size -= 1;
    if (items.size === 0) this.#lines.delete(line);
    return true;
  }

  /** Takes the item whose turn it is; its line goes behind the others. */
  next(): T | undefined {
    const [first] = this.#lines;
    if (!first) return undefined;
    const [line, items] = first;
    const [item] = items as Iterable<T> as [T];
    this.#lines.delete(line);
    if (items.size > 1) this.#lines.set(line, items);
    items.delete(item);
    this.#size -= 1;
    return item;
  }
}
