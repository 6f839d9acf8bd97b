/** Keeps the keyboard focus when the focused element is removed. */
import { type FocusEvent, type ReactNode, type RefObject, useCallback, useRef, useState } from 'react';
import { useLayoutEffect } from './layout-effect.ts';

type ElementRef = RefObject<HTMLElement | null>;

/** Moves the focus to `fallback` if `element` is removed while it contains the focus. */
export function useFocusFallback(element: ElementRef, fallback: ElementRef): void {
  useLayoutEffect(() => {
    const focusedElement = element.current;
    const fallbackElement = fallback.current;
    // Runs just before the element is removed.
    return () => {
      if (focusedElement?.contains(document.activeElement)) fallbackElement?.focus();
    };
  }, [element, fallback]);
}

/** Wraps content that may be removed while it has the focus. */
export function KeepFocus({ fallback, children }: { fallback: ElementRef; children: ReactNode }): ReactNode {
  const container = useRef<HTMLDivElement>(null);
  useFocusFallback(container, fallback);
  return <div ref={container}>{children}</div>;
}

interface FocusedControl {
  id: string;
  /** A selector for the same control in another item. */
  control: string;
}

export interface ListFocus {
  /** The id of the focused item: it must stay in the document. */
  id: string | null;
  onFocus(event: FocusEvent<HTMLElement>): void;
  onBlur(event: FocusEvent<HTMLElement>): void;
}

/**
 * If the focused item leaves the list, the item at its index gets the focus, or `fallback` if no item is left. Items
 * are children of `list`, identified by `data-id`.
 */
export function useListFocus(
  list: ElementRef,
  items: ReadonlyArray<{ readonly id: string }>,
  fallback: ElementRef,
): ListFocus {
  const focusedControl = useRef<FocusedControl | null>(null);
  const previousItems = useRef(items);
  const [id, setId] = useState<string | null>(null);
  useFocusFallback(list, fallback);

  useLayoutEffect(() => {
    const last = focusedControl.current;
    const previous = previousItems.current;
    previousItems.current = items;
    if (last === null || items.some((item) => item.id === last.id) || isFocusElsewhere()) return;
    const index = previous.findIndex((item) => item.id === last.id);
    const next = items[Math.min(index, items.length - 1)];
    const element = next && list.current?.querySelector(`:scope > [data-id="${CSS.escape(next.id)}"]`);
    const control = element?.querySelector<HTMLElement>(last.control);
    focusedControl.current = null;
    setId(null);
    (control ?? fallback.current)?.focus();
  }, [list, items, fallback]);

  const onFocus = useCallback(({ target }: FocusEvent<HTMLElement>) => {
    const focused = target.closest<HTMLElement>('[data-id]')?.dataset.id;
    if (focused === undefined) return;
    const [name] = target.classList;
    focusedControl.current = {
      id: focused,
      control: name === undefined ? 'a, button' : `.${CSS.escape(name)}`,
    };
    setId(focused);
  }, []);

  const onBlur = useCallback(({ relatedTarget }: FocusEvent<HTMLElement>) => {
    // Without `relatedTarget`, the element was removed, or the window lost the focus and may get it back.
    if (relatedTarget === null) return;
    focusedControl.current = null;
    setId(null);
  }, []);

  return { id, onFocus, onBlur };
}

/** Whether another element has the focus. `body` has it after the focused element was removed. */
const isFocusElsewhere = (): boolean =>
  document.activeElement !== null && document.activeElement !== document.body;
