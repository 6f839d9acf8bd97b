import { findRow } from './scroll-anchor.ts';

/** The focused part of the list, or the one to focus. */
export interface Focus {
  /** The id of the item; `undefined` if no item is left. */
  id: string | undefined;
  /** The item itself, its mark button, or another element in it. */
  part: 'item' | 'mark' | 'other';
  /** Whether to move the focus there and scroll to it; otherwise it is only kept. */
  shouldMove: boolean;
}

/** Returns the focused part of the list. */
export function focusIn(list: Element | null): Focus | null {
  const root = list?.getRootNode();
  const active = root instanceof ShadowRoot ? root.activeElement : null;
  if (!list || !active || !list.contains(active)) return null;
  const row = active.closest<HTMLElement>('.item');
  if (!row) return null;
  const part = active === row ? 'item' : active.matches('.mark') ? 'mark' : 'other';
  return { id: row.dataset.id, part, shouldMove: false };
}

/** Focuses the given part, unless it already has the focus. Without an item, focuses the scroll container. */
export function applyFocus({ id, part, shouldMove }: Focus, list: Element | null, root: ParentNode): void {
  const row = list && id !== undefined ? findRow(list, id) : null;
  if (!row) {
    root.querySelector<HTMLElement>('.scroll')?.focus();
    return;
  }
  if (!shouldMove && row.contains(activeElementIn(row))) return;
  const target = (part === 'mark' && row.querySelector<HTMLElement>('.mark')) || row;
  target.focus({ preventScroll: true });
  if (shouldMove) row.scrollIntoView({ block: 'nearest' });
}

/** The focused element in the shadow root of a node. */
export function activeElementIn(node: Node): Element | null {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.activeElement : null;
}
