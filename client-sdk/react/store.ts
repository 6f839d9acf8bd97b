import { useCallback, useSyncExternalStore } from 'react';

export interface Store<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}

/**
 * What a store shows; `absent` while there is none, on the server and while a page from there is taken over. Both have to
 * be the same objects each time.
 */
export function useStore<T>(store: Store<T> | null, absent: T): T {
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? nothing, [store]);
  const getSnapshot = useCallback(() => (store ? store.getSnapshot() : absent), [store, absent]);
  return useSyncExternalStore(subscribe, getSnapshot, () => absent);
}

const nothing = (): void => undefined;
