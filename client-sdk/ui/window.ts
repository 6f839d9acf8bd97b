/**
 * The window of a long list: which of its items are worth being in the document. Heights differ and are known only of
 * what was once drawn; the others count with an estimate. All lengths are CSS pixels.
 */

/** Items from `start` up to, but without, `end`. */
export interface Span {
  start: number;
  end: number;
}

/** Heights so far needed for an estimate that no longer moves: one that did would move all that lies above. */
const enough = 8;

export class Heights {
  readonly #known = new Map<string, number>();
  readonly #guess: number;
  #estimate: number;
  #settled = false;

  /** `guess`: of an item before any was measured. */
  constructor(guess = 72) {
    this.#guess = guess;
    this.#estimate = guess;
  }

  /** Notes what an item measures, and says whether that is news. */
  note(id: string, height: number): boolean {
    if (this.#known.get(id) === height) return false;
    this.#known.set(id, height);
    if (!this.#settled) {
      let sum = 0;
      for (const known of this.#known.values()) sum += known;
      this.#estimate = sum / this.#known.size;
      this.#settled = this.#known.size >= enough;
    }
    return true;
  }

  /** For when the list's width has changed. */
  forget(): void {
    this.#known.clear();
    this.#estimate = this.#guess;
    this.#settled = false;
  }

  /** Where each item begins, and at the end the length of the whole: one more than there are items. */
  offsetsOf(items: ReadonlyArray<{ readonly id: string }>): Float64Array {
    const offsets = new Float64Array(items.length + 1);
    let [index, at] = [0, 0];
    for (const { id } of items) {
      offsets[index] = at;
      at += this.#known.get(id) ?? this.#estimate;
      index += 1;
    }
    offsets[index] = at;
    this.#forgetGone(items);
    return offsets;
  }

  /** A page that is open for weeks must not remember all it ever showed. */
  #forgetGone(items: ReadonlyArray<{ readonly id: string }>): void {
    if (this.#known.size <= 2 * items.length + 1_000) return;
    const there = new Set(items.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!there.has(id)) this.#known.delete(id);
  }
}

/** The item that covers `at`; the first or last one where it lies beyond; -1 where there is none. */
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

/** Every item that touches what lies between `top` and `bottom`; at least one, if there is any. */
export function spanOf(offsets: Float64Array, top: number, bottom: number): Span {
  const start = Math.max(0, indexAt(offsets, top));
  return {
    start,
    end: Math.max(start, indexAt(offsets, Math.max(top, bottom))) + Math.min(1, offsets.length - 1),
  };
}
