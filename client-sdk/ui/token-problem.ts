import type { ConnectionProblem } from '../src/connection.ts';

/** The problem, where it is the token's: the hub refuses it, or the token function failed; else `null`. */
export function tokenProblem(problem: ConnectionProblem | null): ConnectionProblem | null {
  const code = problem?.error.code;
  return code === 'unauthenticated' || code === 'token_failed' ? problem : null;
}
