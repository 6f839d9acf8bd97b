import type { ConnectionState } from '../src/connection.ts';
import { useHub } from './context.ts';
import { useStore } from './store.ts';

/** Whether the hub can be reached; `connecting` where there is no hub yet. */
export function useConnection(): ConnectionState {
  return useStore<ConnectionState>(useHub()?.connection ?? null, 'connecting');
}
