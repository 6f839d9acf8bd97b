import { type RefObject, useEffect, useState } from 'react';

/**
 * Whether any part of an element is in the viewport: not below the fold, scrolled away, or hidden. The page itself may
 * be in the background.
 */
export function useInView(element: RefObject<Element | null>): boolean {
  const [isInView, setInView] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver((entries) => {
      setInView(entries.at(-1)?.isIntersecting ?? false);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return isInView;
}
