import { type ReactNode, useEffect, useRef } from 'react';

interface LoadOnScrollProps {
  /** Whether there is anything to be loaded now. */
  isReady: boolean;
  /** Changes whenever something was loaded: what is still in view then loads on. */
  loaded: unknown;
  load(): void;
  children: ReactNode;
}

/** Stands at the end of the list and loads when it comes near. */
export function LoadOnScroll({ isReady, loaded, load, children }: LoadOnScrollProps): ReactNode {
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new observer tells again whether the end is in view
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
  }, [isReady, loaded, load]);
  return (
    <div ref={end} className="hubbub-inbox__end">
      {children}
    </div>
  );
}
