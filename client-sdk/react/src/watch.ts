import type { Hub, WatchInput, WatchSnapshot, WatchStatus } from '@hubbub/client';
import { useMemo } from 'react';
import { useHub } from './context.ts';
import { ReferenceCount } from './reference-count.ts';
import { type Store, useStore } from './store.ts';

/** A `WatchSnapshot`, or the status `idle`: nothing is watched. */
export interface WatchView extends Omit<WatchSnapshot, 'status'> {
  readonly status: WatchStatus | 'idle';
}

const idle: WatchView = Object.freeze({ items: Object.freeze([]), status: 'idle', error: null });
const loading: WatchView = Object.freeze({ ...idle, status: 'loading' });

/**
 * The actions about an object, live, newest first, while the component is mounted; `null`: watches nothing. The input
 * can be an inline object: a new watch starts only if its content changes.
 */
export function useWatch(input: WatchInput | null): WatchView {
  const hub = useHub();
  const key = input === null ? null : watchKey(input);
  const store = useMemo(() => (hub === null || key === null ? null : watchStore(hub, key)), [hub, key]);
  return useStore(store, key === null ? idle : loading);
}

/** Normalizes an input to JSON. Equivalent inputs produce equal strings. */
export function watchKey({ object, verbs, ...others }: WatchInput): string {
  const { type, id } = typeof object === 'string' ? parseRef(object) : object;
  const normalized: WatchInput = {
    object: id === undefined ? type : { type, id },
    ...(verbs && { verbs: [...new Set(verbs)].sort() }),
    ...others,
  };
  return JSON.stringify(normalized, Object.keys(normalized).concat('type', 'id').sort());
}

/** Splits a ref at its colon. A ref without a colon is passed on, and the hub rejects it. */
function parseRef(ref: string): { type: string; id?: string } {
  const colon = ref.indexOf(':');
  return colon < 0 ? { type: ref } : { type: ref.slice(0, colon), id: ref.slice(colon + 1) };
}

/** A watch that starts with the first listener and ends with the last one. */
function watchStore(hub: Hub, key: string): Store<WatchView> {
  const input = JSON.parse(key) as WatchInput;
  const sharedWatch = new ReferenceCount(
    () => hub.watch(input),
    (watch) => watch.close(),
  );
  return {
    subscribe(listener) {
      const release = sharedWatch.subscribe(listener);
      const unsubscribe = sharedWatch.getSnapshot()?.subscribe(listener);
      return () => {
        unsubscribe?.();
        release();
      };
    },
    getSnapshot: () => sharedWatch.getSnapshot()?.getSnapshot() ?? loading,
  };
}
