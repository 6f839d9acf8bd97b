import { type CSSProperties, type RefObject, useState } from 'react';
import { useLayoutEffect } from './layout-effect.ts';

/** Pixels between the panel and what is beside it. */
const gap = 8;

/**
 * Where the panel has to be so that it lies within the window, as a style: below the bell with its end at the bell's, else
 * moved as far as needed; above it where more room is. Nothing where a style sheet places the panel another way.
 */
export function usePlacement(
  root: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
  isOpen: boolean,
): CSSProperties | undefined {
  const [style, setStyle] = useState<CSSProperties>();
  useLayoutEffect(() => {
    if (!isOpen) return;
    const place = (): void => {
      if (root.current && panel.current) setStyle(placed(root.current, panel.current));
    };
    place();
    window.addEventListener('resize', place);
    return () => window.removeEventListener('resize', place);
  }, [root, panel, isOpen]);
  return style;
}

function placed(root: HTMLElement, panel: HTMLElement): CSSProperties | undefined {
  const { position, direction } = getComputedStyle(panel);
  if (position !== 'absolute') return undefined;
  const { left, right, top, bottom } = root.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const wanted = direction === 'rtl' ? left : right - panel.offsetWidth;
  const within = Math.max(gap, Math.min(wanted, clientWidth - gap - panel.offsetWidth));
  const [above, below] = [top - 2 * gap, clientHeight - bottom - 2 * gap];
  const isAbove = above > below;
  return {
    left: within - left,
    right: 'auto',
    [isAbove ? 'bottom' : 'top']: `calc(100% + ${gap}px)`,
    [isAbove ? 'top' : 'bottom']: 'auto',
    maxHeight: `min(var(--hubbub-height, 38rem), ${Math.max(above, below)}px)`,
  };
}
