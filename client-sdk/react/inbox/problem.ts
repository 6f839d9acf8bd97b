import { useCallback, useState } from 'react';
import { HubError } from '../../src/error.ts';
import { useLatest } from './latest.ts';

/** Something that was asked for and did not work. */
export interface Problem {
  error: HubError;
  /** Asks for it again; `null`: it would be refused again. */
  retry: (() => void) | null;
}

export interface Problems {
  problem: Problem | null;
  /** Does it, and shows where it fails. What works after that takes the problem away. The same function each time. */
  attempt(doing: () => Promise<unknown>): void;
}

export function useProblems(onError: ((error: HubError) => void) | undefined): Problems {
  const [problem, setProblem] = useState<Problem | null>(null);
  const told = useLatest(onError);
  const attempt = useCallback(
    (doing: () => Promise<unknown>): void => {
      doing().then(
        () => setProblem(null),
        (thrown: unknown) => {
          const error = HubError.from(thrown);
          setProblem({ error, retry: error.retryable ? () => attempt(doing) : null });
          told.current?.(error);
        },
      );
    },
    [told],
  );
  return { problem, attempt };
}
