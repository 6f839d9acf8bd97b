/** Keeps the focus of whoever uses the keyboard where what had it goes away. */
import { type FocusEvent, type ReactNode, type RefObject, useCallback, useRef, useState } from 'react';
import { useLayoutEffect } from './layout-effect.ts';

type Place = RefObject<HTMLElement | null>;

/** Where `element` goes and has the focus, `fallback` gets it. */
export function useFocusKept(element: Place, fallback: Place): void {
  useLayoutEffect(() => {
    const own = element.current;
    const next = fallback.current;
    // Runs just before it is taken out.
    return () => {
      if (own?.contains(document.activeElement)) next?.focus();
    };
  }, [element, fallback]);
}

/** Holds what may go away while it has the focus. */
export function KeepFocus({ fallback, children }: { fallback: Place; children: ReactNode }): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  useFocusKept(holder, fallback);
  return <div ref={holder}>{children}</div>;
}

interface Held {
  id: string;
  /** Selects the same control in another item. */
  control: string;
}

export interface ListFocus {
  /** The item that has the focus: it has to stay in the document. */
  id: string | null;
  onFocus(event: FocusEvent<HTMLElement>): void;
  onBlur(event: FocusEvent<HTMLElement>): void;
}

/**
 * Where the focused item leaves the list, what took its place gets the focus, and `fallback` where no item is left. Items
 * are children of `list`, named by `data-id`.
 */
export function useListFocus(
  list: Place,
  items: ReadonlyArray<{ readonly id: string }>,
  fallback: Place,
): ListFocus {
  const held = useRef<Held | null>(null);
  const before = useRef(items);
  const [id, setId] = useState<string | null>(null);
  useFocusKept(list, fallback);

  useLayoutEffect(() => {
    const last = held.current;
    const known = before.current;
    before.current = items;
    if (last === null || items.some((item) => item.id === last.id) || isElsewhere()) return;
    const index = known.findIndex((item) => item.id === last.id);
    const next = items[Math.min(index, items.length - 1)];
    const element = next && list.current?.querySelector(`:scope > [data-id="${CSS.escape(next.id)}"]`);
    const control = element?.querySelector<HTMLElement>(last.control);
    held.current = null;
    setId(null);
    (control ?? fallback.current)?.focus();
  }, [list, items, fallback]);

  const onFocus = useCallback(({ target }: FocusEvent<HTMLElement>) => {
    const focused = target.closest<HTMLElement>('[data-id]')?.dataset.id;
    if (focused === undefined) return;
    const [name] = target.classList;
    held.current = { id: focused, control: name === undefined ? 'a, button' : `.${CSS.escape(name)}` };
    setId(focused);
  }, []);

  const onBlur = useCallback(({ relatedTarget }: FocusEvent<HTMLElement>) => {
    // Without a next one it went with its element, or with the window: then it comes back.
    if (relatedTarget === null) return;
    held.current = null;
    setId(null);
  }, []);

  return { id, onFocus, onBlur };
}

/** Whether anything else has the focus; `body` has it where an element went with it. */
const isElsewhere = (): boolean =>
  document.activeElement !== null && document.activeElement !== document.body;
