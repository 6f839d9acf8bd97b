/** What makes a panel beside a button a popover: where the focus goes, and what closes it. */
import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';

export interface PopoverProps {
  onKeyDown(event: KeyboardEvent<HTMLElement>): void;
  onBlur(event: FocusEvent<HTMLElement>): void;
}

export interface PopoverOptions {
  /** Holds the button and the panel. */
  root: RefObject<HTMLElement | null>;
  /** Gets the focus when it opens. */
  panel: RefObject<HTMLElement | null>;
  isOpen: boolean;
  /** `back`: the focus returns to where it was opened. */
  close(back: boolean): void;
}

/** Answers what the root has to listen to. */
export function usePopover({ root, panel, isOpen, close }: PopoverOptions): PopoverProps {
  // A panel that is open from the start takes nobody's focus.
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (isOpen && !wasOpen.current) panel.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen, panel]);

  useEffect(() => {
    if (!isOpen) return;
    const pressed = (event: Event): void => {
      // The path, not the target: what was pressed may have gone by now.
      if (root.current && !event.composedPath().includes(root.current)) close(false);
    };
    document.addEventListener('pointerdown', pressed);
    return () => document.removeEventListener('pointerdown', pressed);
  }, [isOpen, close, root]);

  return {
    onKeyDown(event) {
      if (!isOpen || event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      close(true);
    },
    onBlur({ currentTarget, relatedTarget }) {
      const leaves = relatedTarget instanceof Node && !currentTarget.contains(relatedTarget);
      if (isOpen && leaves) close(false);
    },
  };
}
