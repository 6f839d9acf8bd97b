import { useCallback, useEffect, useRef, useState } from 'react';
import { HubError } from '../../src/error.ts';
import type { Hub } from '../../src/hub.ts';
import { useHub } from '../context.ts';
import { useLatest } from './latest.ts';
import { useLoadFailure } from './load-failure.ts';

/** Milliseconds for which something is shown that nobody can do anything about. */
const shownFor = 6_000;

/** Something that was asked for and did not work. */
export interface Problem {
  error: HubError;
  /** Asks for it again; `null`: it would be refused again. */
  retry: (() => void) | null;
}

export interface Problems {
  /** Of what was attempted; until something works, and without a retry only for a while. */
  problem: Problem | null;
  /** Why the feed could not be loaded. */
  failure: HubError | null;
  /** Does it, and shows where it fails. The same function until there is another hub. */
  attempt(doing: () => Promise<unknown>): void;
}

/** What goes wrong in an inbox, open or not. `onError` hears of each once. */
export function useProblems(onError: ((error: HubError) => void) | undefined): Problems {
  const hub = useHub();
  const failure = useLoadFailure(hub?.feed ?? null);
  const [noted, setNoted] = useState<(Problem & { hub: Hub | null }) | null>(null);
  const told = useLatest(onError);
  const attempt = useCallback(
    (doing: () => Promise<unknown>): void => {
      doing().then(
        () => setNoted((before) => (before?.hub === hub ? null : before)),
        (thrown: unknown) => {
          const error = HubError.from(thrown);
          setNoted({ hub, error, retry: error.retryable ? () => attempt(doing) : null });
          told.current?.(error);
        },
      );
    },
    [hub, told],
  );

  useEffect(() => {
    if (noted === null || noted.retry !== null) return;
    const timer = setTimeout(() => setNoted(null), shownFor);
    return () => clearTimeout(timer);
  }, [noted]);

  // Effects run twice in strict mode.
  const reported = useRef<HubError | null>(null);
  useEffect(() => {
    if (failure !== null && failure !== reported.current) told.current?.(failure);
    reported.current = failure;
  }, [failure, told]);

  // What another hub refused is nothing to be tried again here.
  return { problem: noted?.hub === hub ? noted : null, failure, attempt };
}
