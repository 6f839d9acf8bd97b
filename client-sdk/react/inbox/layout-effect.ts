import { useEffect, useLayoutEffect as useReactsLayoutEffect } from 'react';

/** React's. On a server, where neither runs, React 18 warns of every layout effect, so there it is an effect. */
export const useLayoutEffect = typeof document === 'undefined' ? useEffect : useReactsLayoutEffect;
