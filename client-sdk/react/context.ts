import { createContext, useContext } from 'react';
import type { Hub } from '../src/hub.ts';

/** A provider's own hub before it has connected: on the server, and until it is mounted. */
export const onItsWay = Symbol('a hub that is on its way');

/** `undefined`: no provider above. `null`: there is one, and it was given no hub. */
export const HubContext = createContext<Hub | typeof onItsWay | null | undefined>(undefined);
HubContext.displayName = 'HubContext';

/**
 * The nearest provider's hub. `null` on the server, before a provider that connects itself is mounted, and where it was
 * given none. The same object until the provider's `url`, `locale` or `hub` changes.
 *
 * @throws Error without a `<HubProvider>` above
 */
export function useHub(): Hub | null {
  const hub = useContext(HubContext);
  if (hub === undefined)
    throw new Error('The hooks and <Inbox> of @hubbub/client need a <HubProvider> above.');
  return hub === onItsWay ? null : hub;
}

/** Whether there is nothing to wait for: the nearest provider was given no hub. */
export const useIsNobody = (): boolean => useContext(HubContext) === null;
