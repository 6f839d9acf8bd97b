import type { FeedItem } from '@hubbub/client';
import { applyListFocus, type ListFocus, listFocusIn } from './focus.ts';
import { Heights, indexAt, type RowRange, rowRangeOf } from './row-heights.ts';
import { type AnchorRow, captureAnchors, restoreAnchors } from './scroll-anchor.ts';
import { findSuccessor } from './successor.ts';
import type { Row } from './view.ts';
import { Viewport } from './viewport.ts';

export interface ListWindowOptions {
  /** Whether an item arrived recently. */
  isNew(id: string): boolean;
  /** Other rows must be rendered. */
  onChange(): void;
}

/** Shorter lists are rendered completely, so that they can be searched and printed. */
const minWindowedItems = 100;
/**
 * `overscan`: pixels rendered above and below the viewport. `redrawMargin`: their minimum before more rows are
 * rendered.
 */
const overscan = 700;
const redrawMargin = 250;

/**
 * A virtualized list: only the rows near the viewport are rendered. Rows are in normal flow; a margin replaces the rows
 * that are left out, so no row has to be measured before it is placed.
 *
 * - rendered: the document shows `rows`
 * - pending, from `select` to `afterRender`: the scroll anchors and the focus are recorded, and `rows` must be rendered
 *
 * `afterRender` measures the rows, scrolls so that the anchor stays in place, and restores the focus.
 */
export class ListWindow {
  readonly viewport = new Viewport(() => this.#updateIfNeeded());
  readonly #options: ListWindowOptions;
  readonly #heights = new Heights();
  #resizeObserver: ResizeObserver | undefined;
  #element: HTMLElement | null = null;
  #width = 0;
  /** The scale of CSS transforms of the page: rendered pixels per pixel of the list. */
  #scale = 1;
  #items: readonly FeedItem[] = [];
  #offsets: Float64Array = new Float64Array(1);
  #span: RowRange = { start: 0, end: 0 };
  #isPending = false;
  /** The items in the document. */
  #renderedItems: readonly FeedItem[] = [];
  #anchors: AnchorRow[] = [];
  #focusBefore: ListFocus | null = null;
  #requestedFocus: ListFocus | null = null;
  #focus: ListFocus | null = null;
  /** The item with the keyboard focus. */
  #currentId: string | undefined;
  #shouldScrollToTop = false;
  rows: readonly Row[] = [];
  spaceBelow = 0;

  constructor(options: ListWindowOptions) {
    this.#options = options;
  }

  /** The number of items, rendered or not. */
  get length(): number {
    return this.#items.length;
  }

  disconnect(): void {
    this.#setElement(null);
  }

  /** Prepares for a different set of items: scrolls to the top. */
  reset(): void {
    this.#shouldScrollToTop = true;
    this.#currentId = undefined;
  }

  /** Moves the focus to the first or last item, or by a number of items. */
  moveFocus(target: 'first' | 'last' | number): void {
    const last = this.#items.length - 1;
    const index = this.#items.findIndex(({ id }) => id === this.#currentId);
    this.focusItem(
      target === 'first' ? 0 : target === 'last' ? last : Math.min(last, Math.max(0, index + target)),
    );
  }

  /** Focuses the item at the index, if there is one. */
  focusItem(index: number): void {
    const item = this.#items[index];
    if (!item) return;
    this.#currentId = item.id;
    this.#requestedFocus = { id: item.id, control: null, isMove: true, isRequested: true };
    this.#options.onChange();
  }

  /** Call it when an item receives the focus by other means. */
  setCurrent(id: string): void {
    if (id === this.#currentId) return;
    this.#currentId = id;
    this.#options.onChange();
  }

  /** Selects the rows to render. */
  select(items: readonly FeedItem[]): void {
    if (!this.#isPending) {
      this.#isPending = true;
      this.#renderedItems = this.#items;
      this.#anchors = captureAnchors(this.#element, this.viewport);
      this.#focusBefore = listFocusIn(this.#element);
    }
    if (this.#shouldScrollToTop) this.#anchors = [];
    this.#items = items;
    this.#focus = this.#requestedFocus ?? this.#keptFocus();
    this.#offsets = this.#heights.offsetsOf(items);
    this.#selectRows();
  }

  #keptFocus(): ListFocus | null {
    const focus = this.#focusBefore;
    const [items, previous] = [this.#items, this.#renderedItems];
    if (focus?.id === undefined || items === previous || items.some(({ id }) => id === focus.id))
      return focus;
    const next = findSuccessor(focus.id, previous, items);
    this.#currentId = next;
    return { ...focus, id: next, isMove: true };
  }

  /** Selects the rows near the viewport, and the focused one. */
  #selectRows(): void {
    const { length } = this.#items;
    const { top, bottom } = length === 0 ? { top: 0, bottom: 0 } : this.#visibleRange();
    this.#span =
      length < minWindowedItems
        ? { start: 0, end: length }
        : rowRangeOf(this.#offsets, top - overscan, bottom + overscan);
    const indexes: number[] = [];
    for (let index = this.#span.start; index < this.#span.end; index += 1) indexes.push(index);
    const focusedIndex = this.#focus ? this.#items.findIndex(({ id }) => id === this.#focus?.id) : -1;
    if (focusedIndex >= 0 && focusedIndex < this.#span.start) indexes.unshift(focusedIndex);
    if (focusedIndex >= this.#span.end) indexes.push(focusedIndex);
    const first = this.#items[indexAt(this.#offsets, top)]?.id;
    const isRendered = indexes.some((index) => this.#items[index]?.id === this.#currentId);
    const tabStopId = isRendered ? this.#currentId : first;
    let drawnUntil = 0;
    const rows: Row[] = [];
    for (const index of indexes) {
      const item = this.#items[index];
      if (!item) continue;
      const gap = (this.#offsets[index] ?? 0) - drawnUntil;
      drawnUntil = this.#offsets[index + 1] ?? 0;
      const isTabStop = item.id === tabStopId;
      rows.push({ item, index, gap, isTabStop, isNew: this.#options.isNew(item.id) });
    }
    this.rows = rows;
    this.spaceBelow = (this.#offsets.at(-1) ?? 0) - drawnUntil;
  }

  /** The visible range in the list's coordinates. With anchors: the range after scrolling to them. */
  #visibleRange(): { top: number; bottom: number } {
    const { top, bottom } = this.viewport.edges();
    if (!this.#element || this.#shouldScrollToTop) return { top: 0, bottom: bottom - top };
    const toListRange = (start: number) => ({
      top: (top - start) / this.#scale,
      bottom: (bottom - start) / this.#scale,
    });
    for (const { id, top: anchorTop } of this.#anchors) {
      const index = this.#items.findIndex((item) => item.id === id);
      if (index >= 0) return toListRange(anchorTop - (this.#offsets[index] ?? 0) * this.#scale);
    }
    return toListRange(this.#element.getBoundingClientRect().top);
  }

  /** `root`: the inbox. */
  afterRender(root: Element | null): void {
    const list = root?.querySelector<HTMLElement>('.hubbub-inbox__list') ?? null;
    this.#setElement(list);
    if (list) {
      this.#measure(list);
      if (this.#shouldScrollToTop) this.#scrollToTop(list);
      else restoreAnchors(this.#anchors, list, this.viewport);
    }
    const focus = this.#focus;
    this.#isPending = false;
    this.#anchors = [];
    this.#focus = null;
    this.#requestedFocus = null;
    this.#shouldScrollToTop = false;
    if (focus) applyListFocus(focus, list, root);
    this.#updateIfNeeded();
  }

  #setElement(list: HTMLElement | null): void {
    if (list === this.#element) return;
    this.#resizeObserver?.disconnect();
    this.viewport.detach();
    this.#element = list;
    if (list === null) return;
    this.viewport.attach(list);
    this.#width = list.clientWidth;
    this.#resizeObserver ??= new ResizeObserver(() => this.#handleResize());
    this.#resizeObserver.observe(list);
  }

  #measure(list: HTMLElement): void {
    const { width } = list.getBoundingClientRect();
    // A list that is hidden, or scaled to nothing, has no heights.
    if (width === 0) return;
    // Exact heights: rounding errors would add up over many rows.
    this.#scale = width / list.offsetWidth;
    let hasChanged = false;
    for (const row of list.children) {
      if (!(row instanceof HTMLElement)) continue;
      const height = row.getBoundingClientRect().height / this.#scale;
      hasChanged = this.#heights.record(row.dataset.id ?? '', height) || hasChanged;
    }
    if (hasChanged) this.#offsets = this.#heights.offsetsOf(this.#items);
  }

  #scrollToTop(list: HTMLElement): void {
    const above = this.viewport.edges().top - list.getBoundingClientRect().top;
    if (above > 0) this.viewport.scrollBy(-above);
  }

  /** Renders more rows when the viewport comes near the end of the rendered rows. */
  #updateIfNeeded(): void {
    if (!this.#element || this.#items.length === 0) return;
    const { top, bottom } = this.#visibleRange();
    const { start, end } = this.#span;
    const { length } = this.#items;
    const needsRowsAbove = start > 0 && top - redrawMargin < (this.#offsets[start] ?? 0);
    if (needsRowsAbove || (end < length && bottom + redrawMargin > (this.#offsets[end] ?? 0)))
      this.#options.onChange();
  }

  #handleResize(): void {
    const list = this.#element;
    if (!list) return;
    if (list.clientWidth !== this.#width) {
      this.#width = list.clientWidth;
      this.#heights.clear();
    }
    this.#measure(list);
    this.#updateIfNeeded();
  }
}
