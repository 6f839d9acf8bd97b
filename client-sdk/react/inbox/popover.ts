/** Makes a panel next to a button a popover: manages the focus, and closes the panel. */
import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';

export interface PopoverProps {
  onKeyDown(event: KeyboardEvent<HTMLElement>): void;
  onBlur(event: FocusEvent<HTMLElement>): void;
}

export interface PopoverOptions {
  /** Contains the button and the panel. */
  root: RefObject<HTMLElement | null>;
  /** Receives the focus when it opens. */
  panel: RefObject<HTMLElement | null>;
  isOpen: boolean;
  /** `returnFocus`: moves the focus back to the button. */
  close(returnFocus: boolean): void;
}

/** Returns the event handlers of the root element. */
export function usePopover({ root, panel, isOpen, close }: PopoverOptions): PopoverProps {
  // A panel that is open initially must not take the focus.
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (isOpen && !wasOpen.current) panel.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen, panel]);

  useEffect(() => {
    if (!isOpen) return;
    const handlePointerDown = (event: Event): void => {
      // Uses the path, because the target may have been removed already.
      if (root.current && !event.composedPath().includes(root.current)) close(false);
    };
    document.addEventListener('pointerdown', handlePointerDown);
    return () => document.removeEventListener('pointerdown', handlePointerDown);
  }, [isOpen, close, root]);

  return {
    onKeyDown(event) {
      if (!isOpen || event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      close(true);
    },
    onBlur({ currentTarget, relatedTarget }) {
      const isFocusLeaving = relatedTarget instanceof Node && !currentTarget.contains(relatedTarget);
      if (isOpen && isFocusLeaving) close(false);
    },
  };
}
