/**
 * Keeps what is read where it is while the list changes above. Browsers do so by themselves, but not where it is done by
 * margins, as a windowed list does.
 */

export interface DrawnRow {
  item: { readonly id: string; readonly at: string };
  /** Pixels from the list's beginning: however far is scrolled meanwhile, it stays the same. */
  top: number;
  height: number;
}

/** The children of `list` are the rows, in their order. */
export function drawnRows(
  list: HTMLElement,
  rows: ReadonlyArray<{ index: number }>,
  items: ReadonlyArray<DrawnRow['item']>,
): DrawnRow[] {
  const from = list.getBoundingClientRect().top;
  return rows.flatMap(({ index }, place) => {
    const item = items[index];
    const box = list.children[place]?.getBoundingClientRect();
    return item && box ? [{ item, top: box.top - from, height: box.height }] : [];
  });
}

/** Scrolls by as much as the topmost row in sight was moved; not where the list's beginning is in sight. */
export function holdPlace(list: HTMLElement, before: readonly DrawnRow[], now: readonly DrawnRow[]): void {
  if (before.length === 0) return;
  const scroller = scrollerOf(list);
  const edge = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  const sight = Math.max(0, edge) - list.getBoundingClientRect().top;
  if (sight <= 0) return;
  const rows = new Map(now.map((row) => [row.item.id, row]));
  for (const { item, top, height } of before) {
    const row = rows.get(item.id);
    // What went elsewhere by itself is not followed.
    if (top + height <= sight || row?.item.at !== item.at) continue;
    if (row.top !== top) scroller.scrollTop += row.top - top;
    return;
  }
}

/** What scrolls the list. */
function scrollerOf(list: HTMLElement): Element {
  for (let element = list.parentElement; element; element = element.parentElement) {
    const { overflowY } = getComputedStyle(element);
    const scrolls = overflowY === 'auto' || overflowY === 'scroll';
    if (scrolls && element.scrollHeight > element.clientHeight) return element;
  }
  return document.scrollingElement ?? document.documentElement;
}
