import { type ReactNode, useCallback, useSyncExternalStore } from 'react';
import { ago, exactly } from '../../ui/time.ts';

const agedEvery = 15_000;
const listeners = new Set<() => void>();
let aging: ReturnType<typeof setInterval> | undefined;

/** One clock for all times of a page, which runs while any is shown. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  aging ??= setInterval(() => {
    for (const each of listeners) each();
  }, agedEvery);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(aging);
    aging = undefined;
  };
}

/** "5 minutes ago", which grows older by itself; drawn anew only when it reads differently. `at`: ISO 8601. */
export function Time({ at, locale }: { at: string; locale: string | undefined }): ReactNode {
  const text = useCallback(() => ago(at, { locale }), [at, locale]);
  return (
    <time className="hubbub-inbox__time" dir="auto" dateTime={at} title={exactly(at, { locale })}>
      {useSyncExternalStore(subscribe, text, text)}
    </time>
  );
}
