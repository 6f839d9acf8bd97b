import { useMemo } from 'react';
import type { Connection, ConnectionProblem, ConnectionState } from '../src/connection.ts';
import { useHub } from './context.ts';
import { type Store, useStore } from './store.ts';

/** Whether the hub can be reached; `connecting` where there is no hub yet. */
export function useConnection(): ConnectionState {
  return useStore<ConnectionState>(useHub()?.connection ?? null, 'connecting');
}

/** Why calls wait or fail, and when the SDK tries again; `null`: nothing is wrong, or there is no hub yet. */
export function useConnectionProblem(): ConnectionProblem | null {
  const connection = useHub()?.connection ?? null;
  const problem = useMemo(() => (connection ? problemOf(connection) : null), [connection]);
  return useStore(problem, null);
}

const problemOf = (connection: Connection): Store<ConnectionProblem | null> => ({
  subscribe: (listener) => connection.subscribe(listener),
  getSnapshot: () => connection.problem,
});
