import type { Viewport } from './viewport.ts';

/** A row and where it stands: its upper edge in the coordinates of `getBoundingClientRect`. */
export interface Held {
  id: string;
  top: number;
}

/**
 * The rows that can be seen, the uppermost first, where the list's beginning cannot: then they have to stay where they are
 * whatever comes in above them. Where the list's beginning is in view, what arrives is to be seen and nothing is held.
 */
export function hold(list: Element | null, viewport: Viewport): Held[] {
  if (!list) return [];
  const { top, bottom } = viewport.edges();
  if (list.getBoundingClientRect().top >= top - 1) return [];
  const held: Held[] = [];
  for (const row of list.children) {
    const box = row.getBoundingClientRect();
    if (row instanceof HTMLElement && box.bottom > top && box.top < bottom) {
      held.push({ id: row.dataset.id ?? '', top: box.top });
    }
  }
  return held;
}

/** Scrolls so that the first of the held rows that is still there stands where it stood. */
export function release(held: readonly Held[], list: Element, viewport: Viewport): void {
  for (const { id, top } of held) {
    const row = rowOf(list, id);
    if (!row) continue;
    const moved = row.getBoundingClientRect().top - top;
    if (Math.abs(moved) >= 0.5) viewport.scrollBy(moved);
    return;
  }
}

export function rowOf(list: Element, id: string): HTMLElement | null {
  // Ids are opaque: compared, not put into a selector.
  for (const row of list.children) if (row instanceof HTMLElement && row.dataset.id === id) return row;
  return null;
}
