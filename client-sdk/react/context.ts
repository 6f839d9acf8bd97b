import { createContext, useContext } from 'react';
import type { Hub } from '../src/hub.ts';

/** `undefined`: no provider above. `null`: there is one, but it has no hub at the moment. */
export const HubContext = createContext<Hub | null | undefined>(undefined);
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
  return hub;
}
