import { useRef } from 'react';
import { useLayoutEffect } from './layout-effect.ts';

/** A ref to the latest value of a prop, for callbacks that run later. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  }, [value]);
  return latest;
}
