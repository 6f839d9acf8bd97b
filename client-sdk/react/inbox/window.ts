/** List virtualization: renders only the rows near the viewport, and empty space for the others. */
import { type RefObject, useMemo, useReducer, useRef, useState } from 'react';
import { Heights, type RowRange, rowRangeOf } from '../../ui/window.ts';
import { useLayoutEffect } from './layout-effect.ts';
import { measureRows, type RenderedRow, restoreScrollPosition } from './scroll-anchor.ts';

/** Shorter lists are rendered completely, so that they can be searched and printed. */
const minWindowedItems = 100;
/** Pixels to render beyond the viewport, so that scrolling does not show gaps. */
const margin = 600;

export interface Row {
  /** The index of the item. */
  index: number;
  /** Pixels before it that replace rows that are not rendered. */
  gap: number;
}

export interface ListWindow {
  /** The rows to render. */
  rows: readonly Row[];
  /** Pixels after the last row that replace rows that are not rendered. */
  spaceBelow: number;
  /** Whether any row is left out. */
  isPartial: boolean;
}

interface OrderedItem {
  readonly id: string;
  /** The sort key: if it changes, the item has moved. */
  readonly at: string;
}

/**
 * The children of `list` must be the rows, in order. The item `pinnedId` is always rendered. The scroll position is
 * kept when items are inserted above.
 */
export function useWindow(
  list: RefObject<HTMLElement | null>,
  items: readonly OrderedItem[],
  pinnedId: string | null,
): ListWindow {
  const [heights] = useState(() => new Heights());
  const [measureCount, incrementMeasureCount] = useReducer((count: number) => count + 1, 0);
  const [visibleRange, setVisibleRange] = useState<VisibleRange>({ top: 0, bottom: 0 });
  const isWindowed = items.length >= minWindowedItems;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `measureCount` changes when `heights` changes
  const offsets = useMemo(
    () => (isWindowed ? heights.offsetsOf(items) : null),
    [heights, items, isWindowed, measureCount],
  );

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const updateVisibleRange = (): void =>
      setVisibleRange((before) => updateIfMoved(before, visibleRangeOf(element)));
    // The capture phase catches the scroll events of any scroll container.
    const options = { capture: true, passive: true };
    document.addEventListener('scroll', updateVisibleRange, options);
    window.addEventListener('resize', updateVisibleRange);
    let { width } = element.getBoundingClientRect();
    const resizeObserver = new ResizeObserver(() => {
      const now = element.getBoundingClientRect().width;
      if (now !== width) {
        width = now;
        heights.clear();
        incrementMeasureCount();
      }
      updateVisibleRange();
    });
    resizeObserver.observe(element);
    updateVisibleRange();
    return () => {
      document.removeEventListener('scroll', updateVisibleRange, options);
      window.removeEventListener('resize', updateVisibleRange);
      resizeObserver.disconnect();
    };
  }, [list, heights]);

  const listWindow = offsets
    ? partialWindow(
        offsets,
        rowRangeOf(offsets, visibleRange.top - margin, visibleRange.bottom + margin),
        pinnedId === null ? -1 : items.findIndex(({ id }) => id === pinnedId),
      )
    : fullWindow(items);

  // After every render, even of a short list, because it may become a long one.
  const previousRows = useRef<readonly RenderedRow[]>([]);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const renderedRows = measureRows(element, listWindow.rows, items);
    restoreScrollPosition(element, previousRows.current, renderedRows);
    previousRows.current = renderedRows;
    let hasChanged = false;
    for (const { item, height } of renderedRows) hasChanged = heights.record(item.id, height) || hasChanged;
    if (hasChanged && isWindowed) incrementMeasureCount();
  });
  return listWindow;
}

const fullWindow = (items: readonly OrderedItem[]): ListWindow => ({
  rows: items.map((_, index) => ({ index, gap: 0 })),
  spaceBelow: 0,
  isPartial: false,
});

function partialWindow(offsets: Float64Array, { start, end }: RowRange, pinnedIndex: number): ListWindow {
  const indices = Array.from({ length: end - start }, (_, index) => start + index);
  if (pinnedIndex >= 0 && pinnedIndex < start) indices.unshift(pinnedIndex);
  if (pinnedIndex >= end) indices.push(pinnedIndex);
  let drawnUntil = 0;
  const rows = indices.map((index) => {
    const gap = (offsets[index] ?? 0) - drawnUntil;
    drawnUntil = offsets[index + 1] ?? 0;
    return { index, gap };
  });
  return { rows, spaceBelow: (offsets.at(-1) ?? 0) - drawnUntil, isPartial: true };
}

/** The part of the list within the window, in pixels from its beginning. */
interface VisibleRange {
  top: number;
  bottom: number;
}

function visibleRangeOf(element: HTMLElement): VisibleRange {
  const { top } = element.getBoundingClientRect();
  return { top: -top, bottom: window.innerHeight - top };
}

/** Ignores changes below half of the margin, so that not every scrolled pixel rerenders. */
function updateIfMoved(previous: VisibleRange, current: VisibleRange): VisibleRange {
  const isNear =
    Math.abs(previous.top - current.top) < margin / 2 &&
    Math.abs(previous.bottom - current.bottom) < margin / 2;
  return isNear ? previous : current;
}
