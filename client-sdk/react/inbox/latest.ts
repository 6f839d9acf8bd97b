import { useEffect, useRef } from 'react';

/** What a property was at the last rendering, for those who are called later. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  }, [value]);
  return latest;
}
