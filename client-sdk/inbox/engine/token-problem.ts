import type { ConnectionProblem } from '@hubbub/client';

/** Returns the problem if the hub rejects the token or the token function failed; otherwise `null`. */
export function tokenProblem(problem: ConnectionProblem | null): ConnectionProblem | null {
  const code = problem?.error.code;
  return code === 'unauthenticated' || code === 'token_failed' ? problem : null;
}
