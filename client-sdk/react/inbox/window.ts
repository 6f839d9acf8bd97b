/** Of a long list only what is in sight is in the document; the rest is room of its height. */
import { type RefObject, useMemo, useReducer, useRef, useState } from 'react';
import { Heights, type Span, spanOf } from '../../ui/window.ts';
import { useLayoutEffect } from './layout-effect.ts';
import { type DrawnRow, drawnRows, holdPlace } from './place.ts';

/** Shorter lists are there as a whole, to be searched and printed. */
const windowedFrom = 100;
/** Pixels drawn beyond what is in sight, so that scrolling meets what is there. */
const margin = 600;

export interface Row {
  /** Which of the items. */
  index: number;
  /** Room before it for what is not drawn, in pixels. */
  gap: number;
}

export interface ListWindow {
  /** What is to be drawn. */
  rows: readonly Row[];
  /** Room after the last row. */
  below: number;
  /** Whether anything is left out. */
  isPart: boolean;
}

interface Placed {
  readonly id: string;
  /** What it is ordered by: with another it has moved. */
  readonly at: string;
}

/**
 * The children of `list` have to be the rows, in their order. `kept` is the id of an item that has to be drawn wherever it
 * is. Whoever has scrolled down goes on seeing the same, whatever comes in above.
 */
export function useWindow(
  list: RefObject<HTMLElement | null>,
  items: readonly Placed[],
  kept: string | null,
): ListWindow {
  const [heights] = useState(() => new Heights());
  const [measured, noteMeasured] = useReducer((count: number) => count + 1, 0);
  const [sight, setSight] = useState<Sight>({ top: 0, bottom: 0 });
  const isWindowed = items.length >= windowedFrom;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `measured` says that `heights` knows more
  const offsets = useMemo(
    () => (isWindowed ? heights.offsetsOf(items) : null),
    [heights, items, isWindowed, measured],
  );

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const look = (): void => setSight((before) => moved(before, sightOf(element)));
    // In whatever it scrolls: the events are caught on their way down.
    const options = { capture: true, passive: true };
    document.addEventListener('scroll', look, options);
    window.addEventListener('resize', look);
    let { width } = element.getBoundingClientRect();
    const sized = new ResizeObserver(() => {
      const now = element.getBoundingClientRect().width;
      if (now !== width) {
        width = now;
        heights.forget();
        noteMeasured();
      }
      look();
    });
    sized.observe(element);
    look();
    return () => {
      document.removeEventListener('scroll', look, options);
      window.removeEventListener('resize', look);
      sized.disconnect();
    };
  }, [list, heights]);

  const shown = offsets
    ? partOf(
        offsets,
        spanOf(offsets, sight.top - margin, sight.bottom + margin),
        kept === null ? -1 : items.findIndex(({ id }) => id === kept),
      )
    : whole(items);

  // After every drawing, of a short list as well: it may become a long one.
  const before = useRef<readonly DrawnRow[]>([]);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const drawn = drawnRows(element, shown.rows, items);
    holdPlace(element, before.current, drawn);
    before.current = drawn;
    let isNews = false;
    for (const { item, height } of drawn) isNews = heights.note(item.id, height) || isNews;
    if (isNews && isWindowed) noteMeasured();
  });
  return shown;
}

const whole = (items: readonly Placed[]): ListWindow => ({
  rows: items.map((_, index) => ({ index, gap: 0 })),
  below: 0,
  isPart: false,
});

function partOf(offsets: Float64Array, { start, end }: Span, kept: number): ListWindow {
  const indices = Array.from({ length: end - start }, (_, index) => start + index);
  if (kept >= 0 && kept < start) indices.unshift(kept);
  if (kept >= end) indices.push(kept);
  let drawn = 0;
  const rows = indices.map((index) => {
    const gap = (offsets[index] ?? 0) - drawn;
    drawn = offsets[index + 1] ?? 0;
    return { index, gap };
  });
  return { rows, below: (offsets.at(-1) ?? 0) - drawn, isPart: true };
}

/** The part of the list that is within the window, in pixels from its beginning. */
interface Sight {
  top: number;
  bottom: number;
}

function sightOf(element: HTMLElement): Sight {
  const { top } = element.getBoundingClientRect();
  return { top: -top, bottom: window.innerHeight - top };
}

/** Not drawn anew for every pixel: half of the margin is left where it is. */
function moved(before: Sight, now: Sight): Sight {
  const isNear =
    Math.abs(before.top - now.top) < margin / 2 && Math.abs(before.bottom - now.bottom) < margin / 2;
  return isNear ? before : now;
}
