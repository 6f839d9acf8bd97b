import type { Hub } from '@hubbub/client';
import { createContext, useContext } from 'react';

/** The value of a provider with its own hub until it is mounted, and on the server. */
export const pendingHub = Symbol('pending hub');

/** `undefined`: no provider. `null`: a provider with `hub={null}`. */
export const HubContext = createContext<Hub | typeof pendingHub | null | undefined>(undefined);
HubContext.displayName = 'HubContext';

/**
 * The nearest provider's hub. `null` on the server, until a provider with its own hub is mounted, and if `hub` is
 * `null`. The same object until the provider's `url`, `locale` or `hub` changes.
 *
 * @throws Error without a `<HubProvider>` above
 */
export function useHub(): Hub | null {
  const hub = useContext(HubContext);
  if (hub === undefined)
    throw new Error('The hooks and <Inbox> of @hubbub/react need a <HubProvider> above.');
  return hub === pendingHub ? null : hub;
}

/** Whether the nearest provider has `hub={null}`, so there is nothing to wait for. */
export const useHasNoHub = (): boolean => useContext(HubContext) === null;
