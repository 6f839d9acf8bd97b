import { useEffect, useLayoutEffect as useReactLayoutEffect } from 'react';

/**
 * React's `useLayoutEffect`. On a server it is `useEffect`: neither runs there, but React 18 warns about layout
 * effects.
 */
export const useLayoutEffect = typeof document === 'undefined' ? useEffect : useReactLayoutEffect;
