import { useMemo } from 'react';
import type { HubError } from '../../src/error.ts';
import type { Feed } from '../../src/feed/store.ts';
import { type Store, useStore } from '../store.ts';

/**
 * Why loading the feed failed, also during a retry; `null`: it did not fail. A rejected mark is in the snapshot's
 * `error`, too, but it is not a load failure.
 */
export function useLoadFailure(feed: Feed | null): HubError | null {
  const failure = useMemo(() => (feed ? createFailureStore(feed) : null), [feed]);
  return useStore(failure, null);
}

function createFailureStore(feed: Feed): Store<HubError | null> {
  let last: HubError | null = null;
  return {
    subscribe: (listener) => feed.subscribe(listener),
    getSnapshot() {
      const { status, error } = feed.getSnapshot();
      if (status === 'error') last = error;
      else if (error !== last) last = null;
      return last;
    },
  };
}
