import { type ReactNode, useEffect, useRef } from 'react';

interface LoadOnScrollProps {
  /** Whether loading is possible now. */
  isReady: boolean;
  /** Changes after each load. If the end is still in view, the next page is loaded. */
  loadedItems: unknown;
  load(): void;
  children: ReactNode;
}

/** The end of the list: loads more when it comes near the viewport. */
export function LoadOnScroll({ isReady, loadedItems, load, children }: LoadOnScrollProps): ReactNode {
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new observer reports again whether the end is in view
  useEffect(() => {
    const element = end.current;
    if (!isReady || !element) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) load();
      },
      { rootMargin: '200px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isReady, loadedItems, load]);
  return (
    <div ref={end} className="hubbub-inbox__end">
      {children}
    </div>
  );
}
