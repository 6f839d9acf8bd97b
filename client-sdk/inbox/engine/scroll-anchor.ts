import type { Viewport } from './viewport.ts';

/** A row and its top edge in the coordinates of `getBoundingClientRect`. */
export interface AnchorRow {
  id: string;
  top: number;
}

/**
 * Returns the visible rows, topmost first, if the beginning of the list is scrolled out of view. They must stay in
 * place when items are inserted above them. If the beginning is in view, returns none, so that new items become
 * visible.
 */
export function captureAnchors(list: Element | null, viewport: Viewport): AnchorRow[] {
  if (!list) return [];
  const { top, bottom } = viewport.edges();
  if (list.getBoundingClientRect().top >= top - 1) return [];
  const anchors: AnchorRow[] = [];
  for (const row of list.children) {
    const box = row.getBoundingClientRect();
    if (row instanceof HTMLElement && box.bottom > top && box.top < bottom) {
      anchors.push({ id: row.dataset.id ?? '', top: box.top });
    }
  }
  return anchors;
}

/** Scrolls so that the first anchor row that still exists is where it was. */
export function restoreAnchors(anchors: readonly AnchorRow[], list: Element, viewport: Viewport): void {
  for (const { id, top } of anchors) {
    const row = findRow(list, id);
    if (!row) continue;
    const offset = row.getBoundingClientRect().top - top;
    if (Math.abs(offset) >= 0.5) viewport.scrollBy(offset);
    return;
  }
}

export function findRow(list: Element, id: string): HTMLElement | null {
  // Ids are opaque, so they are compared instead of used in a selector.
  for (const row of list.children) if (row instanceof HTMLElement && row.dataset.id === id) return row;
  return null;
}
