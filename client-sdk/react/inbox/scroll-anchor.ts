/**
 * Keeps the visible rows in place while the list changes above them. The browser's scroll anchoring does not work here,
 * because the virtualized list uses margins.
 */

export interface RenderedRow {
  item: { readonly id: string; readonly at: string };
  /** Pixels from the beginning of the list, independent of the scroll position. */
  top: number;
  height: number;
}

/** Measures the rendered rows. The children of `list` must be the rows, in order. */
export function measureRows(
  list: HTMLElement,
  rows: ReadonlyArray<{ index: number }>,
  items: ReadonlyArray<RenderedRow['item']>,
): RenderedRow[] {
  const listTop = list.getBoundingClientRect().top;
  return rows.flatMap(({ index }, rowIndex) => {
    const item = items[index];
    const box = list.children[rowIndex]?.getBoundingClientRect();
    return item && box ? [{ item, top: box.top - listTop, height: box.height }] : [];
  });
}

/** Scrolls by the distance that the topmost visible row moved, unless the beginning of the list is visible. */
export function restoreScrollPosition(
  list: HTMLElement,
  previous: readonly RenderedRow[],
  current: readonly RenderedRow[],
): void {
  if (previous.length === 0) return;
  const scroller = scrollerOf(list);
  const edge = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  const visibleTop = Math.max(0, edge) - list.getBoundingClientRect().top;
  if (visibleTop <= 0) return;
  const rows = new Map(current.map((row) => [row.item.id, row]));
  for (const { item, top, height } of previous) {
    const row = rows.get(item.id);
    // Skips rows that moved because they were bumped.
    if (top + height <= visibleTop || row?.item.at !== item.at) continue;
    if (row.top !== top) scroller.scrollTop += row.top - top;
    return;
  }
}

/** The scroll container of the list. */
function scrollerOf(list: HTMLElement): Element {
  for (let element = list.parentElement; element; element = element.parentElement) {
    const { overflowY } = getComputedStyle(element);
    const scrolls = overflowY === 'auto' || overflowY === 'scroll';
    if (scrolls && element.scrollHeight > element.clientHeight) return element;
  }
  return document.scrollingElement ?? document.documentElement;
}
