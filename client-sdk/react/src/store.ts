import { useCallback, useSyncExternalStore } from 'react';

export interface Store<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}

/**
 * The snapshot of a store. `absent` if there is no store, on the server and during hydration. `store` and `absent` must
 * be stable objects.
 */
export function useStore<T>(store: Store<T> | null, absent: T): T {
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? noop, [store]);
  const getSnapshot = useCallback(() => (store ? store.getSnapshot() : absent), [store, absent]);
  return useSyncExternalStore(subscribe, getSnapshot, () => absent);
}

const noop = (): void => undefined;
