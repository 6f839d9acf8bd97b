import { type ReactNode, useCallback, useSyncExternalStore } from 'react';
import { formatExact, formatRelative } from '../../ui/time.ts';

const refreshInterval = 15_000;
const listeners = new Set<() => void>();
let refreshTimer: ReturnType<typeof setInterval> | undefined;

/** One interval for all times on a page. It runs only while any is shown. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  refreshTimer ??= setInterval(() => {
    for (const notify of listeners) notify();
  }, refreshInterval);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(refreshTimer);
    refreshTimer = undefined;
  };
}

/**
 * A relative time, such as "5 minutes ago", updated automatically. Rerenders only when its text changes. `at`: ISO
 * 8601.
 */
export function Time({ at, locale }: { at: string; locale: string | undefined }): ReactNode {
  const text = useCallback(() => formatRelative(at, { locale }), [at, locale]);
  return (
    <time className="hubbub-inbox__time" dir="auto" dateTime={at} title={formatExact(at, { locale })}>
      {useSyncExternalStore(subscribe, text, text)}
    </time>
  );
}
