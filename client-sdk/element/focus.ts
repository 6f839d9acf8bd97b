import { rowOf } from './anchor.ts';

/** Where in the list the focus is, or shall be. */
export interface Focus {
  /** Of the item; none where there is no item left. */
  id: string | undefined;
  /** The item itself, its mark button, or something else in it. */
  part: 'item' | 'mark' | 'other';
  /** Whether it shall move there, and be scrolled to; otherwise it only has to stay. */
  moved: boolean;
}

/** Where in the list the focus is. */
export function focusIn(list: Element | null): Focus | null {
  const root = list?.getRootNode();
  const active = root instanceof ShadowRoot ? root.activeElement : null;
  if (!list || !active || !list.contains(active)) return null;
  const row = active.closest<HTMLElement>('.item');
  if (!row) return null;
  const part = active === row ? 'item' : active.matches('.mark') ? 'mark' : 'other';
  return { id: row.dataset.id, part, moved: false };
}

/** Gives the focus to what it shall be at, unless it is there. Without an item, to the box the items were in. */
export function putFocus({ id, part, moved }: Focus, list: Element | null, root: ParentNode): void {
  const row = list && id !== undefined ? rowOf(list, id) : null;
  if (!row) {
    root.querySelector<HTMLElement>('.scroll')?.focus();
    return;
  }
  if (!moved && row.contains(focusedIn(row))) return;
  const target = (part === 'mark' && row.querySelector<HTMLElement>('.mark')) || row;
  target.focus({ preventScroll: true });
  if (moved) row.scrollIntoView({ block: 'nearest' });
}

/** What has the focus in the shadow root a node is in. */
export function focusedIn(node: Node): Element | null {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root.activeElement : null;
}
