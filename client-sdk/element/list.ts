import type { LitElement, ReactiveController } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import { findSuccessor } from '../ui/successor.ts';
import { Heights, indexAt, type RowRange, rowRangeOf } from '../ui/window.ts';
import { applyFocus, type Focus, focusIn } from './focus.ts';
import { type AnchorRow, captureAnchors, restoreAnchors } from './scroll-anchor.ts';
import type { Row } from './view.ts';
import { Viewport } from './viewport.ts';

export interface ListOptions {
  /** The items to render. */
  visibleItems(): readonly FeedItem[];
  /** Whether an item arrived recently. */
  isFresh(id: string): boolean;
}

/**
 * `overscan`: pixels rendered above and below the viewport. `redrawMargin`: their minimum before more rows are
 * rendered.
 */
const overscan = 700;
const redrawMargin = 250;

/**
 * A virtualized list: renders only the rows near the viewport. Rows are in normal flow; a margin replaces the rows that
 * are left out, so no row has to be measured before it is placed.
 *
 * Before each update, `hostUpdate` records the scroll anchors and the focus, and selects the rows. After it,
 * `hostUpdated` measures the rows, scrolls so that the anchor stays in place, and restores the focus.
 */
export class List implements ReactiveController {
  readonly viewport = new Viewport(() => this.#updateIfNeeded());
  readonly #host: LitElement;
  readonly #options: ListOptions;
  readonly #heights = new Heights();
  readonly #resizeObserver = new ResizeObserver(() => this.#handleResize());
  #element: HTMLElement | null = null;
  #width = 0;
  /** The scale of CSS transforms of the page: rendered pixels per pixel of the list. */
  #scale = 1;
  #items: readonly FeedItem[] = [];
  #offsets: Float64Array = new Float64Array(1);
  #span: RowRange = { start: 0, end: 0 };
  #anchors: AnchorRow[] = [];
  #focus: Focus | null = null;
  /** The item with the keyboard focus. */
  #currentId: string | undefined;
  #shouldScrollToTop = false;
  rows: readonly Row[] = [];
  spaceBelow = 0;

  constructor(host: LitElement, options: ListOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The number of items, rendered or not. */
  get length(): number {
    return this.#items.length;
  }

  hostDisconnected(): void {
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
    this.#focus = { id: item.id, part: 'item', shouldMove: true };
    this.#host.requestUpdate();
  }

  /** Call it when an item receives the focus by other means. */
  setCurrent(id: string): void {
    if (id === this.#currentId) return;
    this.#currentId = id;
    this.#host.requestUpdate();
  }

  hostUpdate(): void {
    const previous = this.#items;
    this.#items = this.#options.visibleItems();
    this.#anchors = this.#shouldScrollToTop ? [] : captureAnchors(this.#element, this.viewport);
    this.#keepFocus(previous);
    this.#offsets = this.#heights.offsetsOf(this.#items);
    this.#selectRows();
  }

  #keepFocus(previous: readonly FeedItem[]): void {
    // A requested move that is not rendered yet takes precedence over the current focus.
    if (!this.#focus?.shouldMove) this.#focus = focusIn(this.#element);
    const { id } = this.#focus ?? {};
    if (id === undefined || this.#items === previous || this.#items.some((item) => item.id === id)) return;
    const next = findSuccessor(id, previous, this.#items);
    this.#currentId = next;
    this.#focus = { id: next, part: this.#focus?.part ?? 'item', shouldMove: true };
  }

  /** Selects the rows: those near the viewport, and the focused one. */
  #selectRows(): void {
    const { top, bottom } = this.#visibleRange();
    this.#span = rowRangeOf(this.#offsets, top - overscan, bottom + overscan);
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
      rows.push({
        item,
        index,
        gap,
        isTabStop: item.id === tabStopId,
        isFresh: this.#options.isFresh(item.id),
      });
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

  hostUpdated(): void {
    this.#setElement(this.#host.renderRoot.querySelector<HTMLElement>('.list'));
    const list = this.#element;
    if (list) {
      this.#measure(list);
      if (this.#shouldScrollToTop) this.#scrollToTop(list);
      else restoreAnchors(this.#anchors, list, this.viewport);
    }
    this.#anchors = [];
    this.#shouldScrollToTop = false;
    const focus = this.#focus;
    this.#focus = null;
    if (focus) applyFocus(focus, list, this.#host.renderRoot);
    this.#updateIfNeeded();
  }

  #setElement(list: HTMLElement | null): void {
    if (list === this.#element) return;
    this.#resizeObserver.disconnect();
    this.viewport.detach();
    this.#element = list;
    if (list === null) return;
    this.viewport.attach(list);
    this.#width = list.clientWidth;
    this.#resizeObserver.observe(list);
  }

  #measure(list: HTMLElement): void {
    // A hidden list has no heights.
    if (list.offsetWidth === 0) return;
    // Exact heights: rounding errors would add up over many rows.
    this.#scale = list.getBoundingClientRect().width / list.offsetWidth;
    let hasChanged = false;
    for (const row of list.children) {
      if (!(row instanceof HTMLElement)) continue;
      hasChanged =
        this.#heights.record(row.dataset.id ?? '', row.getBoundingClientRect().height / this.#scale) ||
        hasChanged;
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
      this.#host.requestUpdate();
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
