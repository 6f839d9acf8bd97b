/** Where the keyboard focus is in an inbox, and where it goes. */
import { findRow } from './scroll-anchor.ts';

/** The focused part of the list, or the one to focus. */
export interface ListFocus {
  /** The id of the item; `undefined` if no item is left. */
  id: string | undefined;
  /** The class of the focused control in the item; `null`: the item itself. */
  control: string | null;
  /** Whether it is another item than before. Then it scrolls into view. */
  isMove: boolean;
  /** Whether the user requested it. Otherwise it only replaces a lost focus. */
  isRequested: boolean;
}

/** The focused element, if it is in this one. */
export function focusedIn(element: Element | null): Element | null {
  const root = element?.getRootNode();
  // On a server there are no documents.
  if (!root) return null;
  const active = root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
  return active && element?.contains(active) ? active : null;
}

/** Whether nothing has the focus, for example because the focused element was removed. */
export const isFocusLost = (): boolean =>
  document.activeElement === null || document.activeElement === document.body;

export function listFocusIn(list: Element | null): ListFocus | null {
  const focused = focusedIn(list);
  const row = focused?.closest<HTMLElement>('.hubbub-inbox__item');
  if (!focused || !row) return null;
  const control = focused === row ? null : (focused.classList[0] ?? null);
  return { id: row.dataset.id, control, isMove: false, isRequested: false };
}

/** Focuses the given part of the list; without an item, the list's container. */
export function applyListFocus(
  { id, control, isMove, isRequested }: ListFocus,
  list: Element | null,
  root: Element | null,
): void {
  if (!isRequested && !isFocusLost()) return;
  const row = list && id !== undefined ? findRow(list, id) : null;
  if (!row) {
    focusItems(root);
    return;
  }
  const target = control === null ? null : row.querySelector<HTMLElement>(`.${CSS.escape(control)}`);
  target?.focus({ preventScroll: true });
  if (!focusedIn(row)) row.focus({ preventScroll: true });
  if (isMove) row.scrollIntoView({ block: 'nearest' });
}

/** Focuses the container of the items, so that keys still have an effect. */
export function focusItems(root: Element | null): void {
  root?.querySelector<HTMLElement>('.hubbub-inbox__items')?.focus({ preventScroll: true });
}
