import type { Connection, ConnectionProblem, ConnectionState } from '@hubbub/client';
import { useMemo } from 'react';
import { useHub } from './context.ts';
import { type Store, useStore } from './store.ts';

/** The state of the connection; `connecting` if there is no hub yet. */
export function useConnection(): ConnectionState {
  return useStore<ConnectionState>(useHub()?.connection ?? null, 'connecting');
}

/** Why calls wait or fail, and when the SDK retries; `null`: there is no problem, or no hub yet. */
export function useConnectionProblem(): ConnectionProblem | null {
  const connection = useHub()?.connection ?? null;
  const problem = useMemo(() => (connection ? createProblemStore(connection) : null), [connection]);
  return useStore(problem, null);
}

const createProblemStore = (connection: Connection): Store<ConnectionProblem | null> => ({
  subscribe: (listener) => connection.subscribe(listener),
  getSnapshot: () => connection.problem,
});
