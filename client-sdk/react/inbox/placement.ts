import { type CSSProperties, type RefObject, useState } from 'react';
import { useLayoutEffect } from './layout-effect.ts';

/** Pixels between the panel and the bell or the window's edges. */
const gap = 8;

/**
 * The style that places the panel within the window: below the bell and aligned to its end, moved as far as needed;
 * above it if there is more room. `undefined` if a style sheet positions the panel differently.
 */
export function usePlacement(
  root: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
  isOpen: boolean,
): CSSProperties | undefined {
  const [style, setStyle] = useState<CSSProperties>();
  useLayoutEffect(() => {
    if (!isOpen) return;
    const updatePosition = (): void => {
      if (root.current && panel.current) setStyle(computePosition(root.current, panel.current));
    };
    updatePosition();
    window.addEventListener('resize', updatePosition);
    return () => window.removeEventListener('resize', updatePosition);
  }, [root, panel, isOpen]);
  return style;
}

function computePosition(root: HTMLElement, panel: HTMLElement): CSSProperties | undefined {
  const { position, direction } = getComputedStyle(panel);
  if (position !== 'absolute') return undefined;
  const { left, right, top, bottom } = root.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const preferredLeft = direction === 'rtl' ? left : right - panel.offsetWidth;
  const clampedLeft = Math.max(gap, Math.min(preferredLeft, clientWidth - gap - panel.offsetWidth));
  const [above, below] = [top - 2 * gap, clientHeight - bottom - 2 * gap];
  const isAbove = above > below;
  return {
    left: clampedLeft - left,
    right: 'auto',
    [isAbove ? 'bottom' : 'top']: `calc(100% + ${gap}px)`,
    [isAbove ? 'top' : 'bottom']: 'auto',
    maxHeight: `min(var(--hubbub-height, 38rem), ${Math.max(above, below)}px)`,
  };
}
