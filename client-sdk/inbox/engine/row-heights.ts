/**
 * List virtualization: decides which rows of a long list are rendered. Rows have different heights, known only after
 * their first rendering; the others use an estimate. All lengths are CSS pixels.
 */

/** Items from `start` (inclusive) to `end` (exclusive). */
export interface RowRange {
  start: number;
  end: number;
}

/** Measured heights after which the estimate is fixed: changing it later would move all rows above. */
const minSamples = 8;

export class Heights {
  readonly #measured = new Map<string, number>();
  readonly #defaultHeight: number;
  #estimate: number;
  #isEstimateStable = false;

  /** `defaultHeight`: the estimate before any row was measured. */
  constructor(defaultHeight = 72) {
    this.#defaultHeight = defaultHeight;
    this.#estimate = defaultHeight;
  }

  /** Records the height of an item. Returns whether it changed. */
  record(id: string, height: number): boolean {
    if (this.#measured.get(id) === height) return false;
    this.#measured.set(id, height);
    if (!this.#isEstimateStable) {
      let sum = 0;
      for (const measured of this.#measured.values()) sum += measured;
      this.#estimate = sum / this.#measured.size;
      this.#isEstimateStable = this.#measured.size >= minSamples;
    }
    return true;
  }

  /** Forgets all heights. Call it when the list's width changes. */
  clear(): void {
    this.#measured.clear();
    this.#estimate = this.#defaultHeight;
    this.#isEstimateStable = false;
  }

  /** The top offset of each item, plus the total height as the last element. */
  offsetsOf(items: ReadonlyArray<{ readonly id: string }>): Float64Array {
    const offsets = new Float64Array(items.length + 1);
    let [index, at] = [0, 0];
    for (const { id } of items) {
      offsets[index] = at;
      at += this.#measured.get(id) ?? this.#estimate;
      index += 1;
    }
    offsets[index] = at;
    this.#removeStale(items);
    return offsets;
  }

  /** Limits memory: a long-lived page must not keep the height of every item it ever showed. */
  #removeStale(items: ReadonlyArray<{ readonly id: string }>): void {
    if (this.#measured.size <= 2 * items.length + 1_000) return;
    const currentIds = new Set(items.map(({ id }) => id));
    for (const id of this.#measured.keys()) if (!currentIds.has(id)) this.#measured.delete(id);
  }
}

/** The index of the item at offset `at`, clamped to the first and last one; -1 if there are no items. */
export function indexAt(offsets: Float64Array, at: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((offsets[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return Math.min(low, offsets.length - 2);
}

/** The items that intersect the range from `top` to `bottom`; at least one, if there is any. */
export function rowRangeOf(offsets: Float64Array, top: number, bottom: number): RowRange {
  const start = Math.max(0, indexAt(offsets, top));
  return {
    start,
    end: Math.max(start, indexAt(offsets, Math.max(top, bottom))) + Math.min(1, offsets.length - 1),
  };
}
