import { useMemo } from 'react';
import type { HubError } from '../../src/error.ts';
import type { Feed } from '../../src/feed/store.ts';
import { type Store, useStore } from '../store.ts';

/**
 * Why the feed could not be loaded, while it is tried again as well; `null`: it could, or not yet. A refused mark is in the
 * snapshot's `error` too, but nothing that is missing from the list.
 */
export function useLoadFailure(feed: Feed | null): HubError | null {
  const failure = useMemo(() => (feed ? failureOf(feed) : null), [feed]);
  return useStore(failure, null);
}

function failureOf(feed: Feed): Store<HubError | null> {
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
