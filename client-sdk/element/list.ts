import type { LitElement, ReactiveController } from 'lit';
import type { FeedItem } from '../../protocol/entities.ts';
import { successorOf } from '../ui/successor.ts';
import { Heights, indexAt, type Span, spanOf } from '../ui/window.ts';
import { type Held, hold, release } from './anchor.ts';
import { type Focus, focusIn, putFocus } from './focus.ts';
import type { Row } from './view.ts';
import { Viewport } from './viewport.ts';

export interface ListNeeds {
  /** What is about to be drawn. */
  shown(): readonly FeedItem[];
  /** Whether an item has just arrived. */
  isFresh(id: string): boolean;
}

/** Pixels above and below what can be seen that are drawn as well, and how near their end may come before more are. */
const overscan = 700;
const reserve = 250;

/**
 * Draws of a long list only what is near what can be seen. Rows stand in the document's flow; what is left out
 * between them is their margin, so nothing has to be measured before it is in place.
 *
 * Each update: before it, `hostUpdate` notes what must not move and where the focus is, and chooses the rows;
 * after it, `hostUpdated` measures them, moves the scrolled box so that the noted item is where it was,
 * and puts the focus back.
 */
export class List implements ReactiveController {
  readonly viewport = new Viewport(() => this.#look());
  readonly #host: LitElement;
  readonly #needs: ListNeeds;
  readonly #heights = new Heights();
  readonly #resized = new ResizeObserver(() => this.#resize());
  #element: HTMLElement | null = null;
  #width = 0;
  /** What a page's own transforms make of a pixel of the list. */
  #scale = 1;
  #items: readonly FeedItem[] = [];
  #offsets: Float64Array = new Float64Array(1);
  #span: Span = { start: 0, end: 0 };
  #held: Held[] = [];
  #focus: Focus | null = null;
  /** The item the keyboard is at. */
  #current: string | undefined;
  #toTop = false;
  rows: readonly Row[] = [];
  below = 0;

  constructor(host: LitElement, needs: ListNeeds) {
    this.#host = host;
    this.#needs = needs;
    host.addController(this);
  }

  /** How many items there are, in the document or not. */
  get length(): number {
    return this.#items.length;
  }

  hostDisconnected(): void {
    this.#use(null);
  }

  /** The next items are others, to be shown from the first one on. */
  reset(): void {
    this.#toTop = true;
    this.#current = undefined;
  }

  /** Moves the focus: to the first or last item, or by some from where it is. */
  go(to: 'first' | 'last' | number): void {
    const last = this.#items.length - 1;
    const at = this.#items.findIndex(({ id }) => id === this.#current);
    this.goTo(to === 'first' ? 0 : to === 'last' ? last : Math.min(last, Math.max(0, at + to)));
  }

  /** Moves the focus to the item that stands there, if there is one. */
  goTo(index: number): void {
    const item = this.#items[index];
    if (!item) return;
    this.#current = item.id;
    this.#focus = { id: item.id, part: 'item', moved: true };
    this.#host.requestUpdate();
  }

  /** The focus went to an item by other means. */
  cameTo(id: string): void {
    if (id === this.#current) return;
    this.#current = id;
    this.#host.requestUpdate();
  }

  hostUpdate(): void {
    const before = this.#items;
    this.#items = this.#needs.shown();
    this.#held = this.#toTop ? [] : hold(this.#element, this.viewport);
    this.#keepFocus(before);
    this.#offsets = this.#heights.offsetsOf(this.#items);
    this.#choose();
  }

  #keepFocus(before: readonly FeedItem[]): void {
    // A move that was asked for and not yet drawn goes before what is focused still.
    if (!this.#focus?.moved) this.#focus = focusIn(this.#element);
    const { id } = this.#focus ?? {};
    if (id === undefined || this.#items === before || this.#items.some((item) => item.id === id)) return;
    const next = successorOf(id, before, this.#items);
    this.#current = next;
    this.#focus = { id: next, part: this.#focus?.part ?? 'item', moved: true };
  }

  /** Chooses the rows: what is near what will be seen, and what has the focus. */
  #choose(): void {
    const { top, bottom } = this.#seen();
    this.#span = spanOf(this.#offsets, top - overscan, bottom + overscan);
    const indexes: number[] = [];
    for (let index = this.#span.start; index < this.#span.end; index += 1) indexes.push(index);
    const kept = this.#focus ? this.#items.findIndex(({ id }) => id === this.#focus?.id) : -1;
    if (kept >= 0 && kept < this.#span.start) indexes.unshift(kept);
    if (kept >= this.#span.end) indexes.push(kept);
    const first = this.#items[indexAt(this.#offsets, top)]?.id;
    const isThere = indexes.some((index) => this.#items[index]?.id === this.#current);
    const stop = isThere ? this.#current : first;
    let drawn = 0;
    const rows: Row[] = [];
    for (const index of indexes) {
      const item = this.#items[index];
      if (!item) continue;
      const gap = (this.#offsets[index] ?? 0) - drawn;
      drawn = this.#offsets[index + 1] ?? 0;
      rows.push({ item, index, gap, stop: item.id === stop, fresh: this.#needs.isFresh(item.id) });
    }
    this.rows = rows;
    this.below = (this.#offsets.at(-1) ?? 0) - drawn;
  }

  /** What can be seen, in the list's own coordinates; with something held, as it will be. */
  #seen(): { top: number; bottom: number } {
    const { top, bottom } = this.viewport.edges();
    if (!this.#element || this.#toTop) return { top: 0, bottom: bottom - top };
    const inList = (start: number) => ({
      top: (top - start) / this.#scale,
      bottom: (bottom - start) / this.#scale,
    });
    for (const { id, top: heldAt } of this.#held) {
      const index = this.#items.findIndex((item) => item.id === id);
      if (index >= 0) return inList(heldAt - (this.#offsets[index] ?? 0) * this.#scale);
    }
    return inList(this.#element.getBoundingClientRect().top);
  }

  hostUpdated(): void {
    this.#use(this.#host.renderRoot.querySelector<HTMLElement>('.list'));
    const list = this.#element;
    if (list) {
      this.#measure(list);
      if (this.#toTop) this.#scrollToTop(list);
      else release(this.#held, list, this.viewport);
    }
    this.#held = [];
    this.#toTop = false;
    const focus = this.#focus;
    this.#focus = null;
    if (focus) putFocus(focus, list, this.#host.renderRoot);
    this.#look();
  }

  #use(list: HTMLElement | null): void {
    if (list === this.#element) return;
    this.#resized.disconnect();
    this.viewport.detach();
    this.#element = list;
    if (list === null) return;
    this.viewport.attach(list);
    this.#width = list.clientWidth;
    this.#resized.observe(list);
  }

  #measure(list: HTMLElement): void {
    // Nothing has a height where nothing is shown.
    if (list.offsetWidth === 0) return;
    // Exact heights, for sums of them: a rounded one for each row is a jump for many.
    this.#scale = list.getBoundingClientRect().width / list.offsetWidth;
    let news = false;
    for (const row of list.children) {
      if (!(row instanceof HTMLElement)) continue;
      news =
        this.#heights.note(row.dataset.id ?? '', row.getBoundingClientRect().height / this.#scale) || news;
    }
    if (news) this.#offsets = this.#heights.offsetsOf(this.#items);
  }

  #scrollToTop(list: HTMLElement): void {
    const above = this.viewport.edges().top - list.getBoundingClientRect().top;
    if (above > 0) this.viewport.scrollBy(-above);
  }

  /** Draws more where what can be seen comes near the end of what is drawn. */
  #look(): void {
    if (!this.#element || this.#items.length === 0) return;
    const { top, bottom } = this.#seen();
    const { start, end } = this.#span;
    const { length } = this.#items;
    const short = start > 0 && top - reserve < (this.#offsets[start] ?? 0);
    if (short || (end < length && bottom + reserve > (this.#offsets[end] ?? 0))) this.#host.requestUpdate();
  }

  #resize(): void {
    const list = this.#element;
    if (!list) return;
    if (list.clientWidth !== this.#width) {
      this.#width = list.clientWidth;
      this.#heights.forget();
    }
    this.#measure(list);
    this.#look();
  }
}
