import { useMemo } from 'react';
import type { WatchInput } from '../../protocol/entities.ts';
import type { Hub } from '../src/hub.ts';
import type { WatchSnapshot, WatchStatus } from '../src/watch.ts';
import { useHub } from './context.ts';
import { Lease } from './lease.ts';
import { type Store, useStore } from './store.ts';

/** As a `WatchSnapshot`; `idle`: nothing is watched. */
export interface WatchView extends Omit<WatchSnapshot, 'status'> {
  readonly status: WatchStatus | 'idle';
}

const idle: WatchView = Object.freeze({ items: Object.freeze([]), status: 'idle', error: null });
const loading: WatchView = Object.freeze({ ...idle, status: 'loading' });

/**
 * The actions about an object, now and live, newest first, for as long as the component is mounted; `null`: none. The
 * input may be written in place: another watch begins only where it says something else.
 */
export function useWatch(input: WatchInput | null): WatchView {
  const hub = useHub();
  const key = input === null ? null : watchKey(input);
  const store = useMemo(() => (hub === null || key === null ? null : watchStore(hub, key)), [hub, key]);
  return useStore(store, key === null ? idle : loading);
}

/** What an input says, as JSON of an input that says the same: equal texts watch the same. */
export function watchKey({ object, verbs, ...others }: WatchInput): string {
  const { type, id } = typeof object === 'string' ? parsed(object) : object;
  const said: WatchInput = {
    object: id === undefined ? type : { type, id },
    ...(verbs && { verbs: [...new Set(verbs)].sort() }),
    ...others,
  };
  return JSON.stringify(said, Object.keys(said).concat('type', 'id').sort());
}

/** A ref has its colon; what has none is left for the hub to refuse. */
function parsed(ref: string): { type: string; id?: string } {
  const colon = ref.indexOf(':');
  return colon < 0 ? { type: ref } : { type: ref.slice(0, colon), id: ref.slice(colon + 1) };
}

/** A watch that begins with the first listener and ends with the last. */
function watchStore(hub: Hub, key: string): Store<WatchView> {
  const input = JSON.parse(key) as WatchInput;
  const lease = new Lease(
    () => hub.watch(input),
    (watch) => watch.close(),
  );
  return {
    subscribe(listener) {
      const release = lease.subscribe(listener);
      const stop = lease.getSnapshot()?.subscribe(listener);
      return () => {
        stop?.();
        release();
      };
    },
    getSnapshot: () => lease.getSnapshot()?.getSnapshot() ?? loading,
  };
}
