import { useCallback, useEffect, useRef, useState } from 'react';
import { HubError } from '../../src/error.ts';
import type { Hub } from '../../src/hub.ts';
import { useHub } from '../context.ts';
import { useLatest } from './latest.ts';
import { useLoadFailure } from './load-failure.ts';

/** Milliseconds for which a problem without a retry is shown. */
const problemDuration = 6_000;

/** A failed operation. */
export interface Problem {
  error: HubError;
  /** Repeats the operation; `null`: a retry would fail again. */
  retry: (() => void) | null;
}

export interface Problems {
  /** The last failed operation, until one succeeds. Without a retry, only for a few seconds. */
  problem: Problem | null;
  /** Why loading the feed failed. */
  failure: HubError | null;
  /** Runs an operation and shows its error. The same function until the hub changes. */
  attempt(operation: () => Promise<unknown>): void;
}

/** The problems of an inbox, open or closed. Calls `onError` once for each. */
export function useProblems(onError: ((error: HubError) => void) | undefined): Problems {
  const hub = useHub();
  const failure = useLoadFailure(hub?.feed ?? null);
  const [lastProblem, setLastProblem] = useState<(Problem & { hub: Hub | null }) | null>(null);
  const onErrorRef = useLatest(onError);
  const attempt = useCallback(
    (operation: () => Promise<unknown>): void => {
      operation().then(
        () => setLastProblem((before) => (before?.hub === hub ? null : before)),
        (thrown: unknown) => {
          const error = HubError.from(thrown);
          setLastProblem({ hub, error, retry: error.retryable ? () => attempt(operation) : null });
          onErrorRef.current?.(error);
        },
      );
    },
    [hub, onErrorRef],
  );

  useEffect(() => {
    if (lastProblem === null || lastProblem.retry !== null) return;
    const timer = setTimeout(() => setLastProblem(null), problemDuration);
    return () => clearTimeout(timer);
  }, [lastProblem]);

  // Effects run twice in strict mode, but an error is reported only once.
  const reported = useRef<HubError | null>(null);
  useEffect(() => {
    if (failure !== null && failure !== reported.current) onErrorRef.current?.(failure);
    reported.current = failure;
  }, [failure, onErrorRef]);

  // A problem of a previous hub is not shown.
  return { problem: lastProblem?.hub === hub ? lastProblem : null, failure, attempt };
}
