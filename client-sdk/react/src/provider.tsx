import { connect, type Hub, type Token } from '@hubbub/client';
import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { HubContext, pendingHub } from './context.ts';
import { ReferenceCount } from './reference-count.ts';

/**
 * A hub that the application connects and closes; `null`: none at the moment, for example before sign-in. Inboxes are
 * then empty.
 */
export interface SharedHub {
  hub: Hub | null;
  url?: never;
  token?: never;
  locale?: never;
}

/** The provider's own hub: connected on mount, closed on unmount, and replaced if the URL changes. */
export interface OwnHub {
  hub?: never;
  /** The URL of the hub, e.g. `https://hub.example.com`. A new URL reconnects. */
  url: string;
  /**
   * A token, or a function that returns one. A new function does not reconnect, so it can be an inline function; a new
   * string reconnects. To switch users, change the provider's `key`.
   */
  token: Token;
  /** BCP 47, e.g. `"de"`: the language of the texts. Default: the hub's default. A new locale reconnects. */
  locale?: string;
}

export type HubProviderProps = (SharedHub | OwnHub) & { children?: ReactNode };

/**
 * Provides a hub to the hooks and the `<Inbox>` below it: a shared one with `hub`, or its own with `url` and `token`.
 * Does not connect on the server.
 */
export function HubProvider(props: HubProviderProps): ReactNode {
  if (props.hub !== undefined) {
    return <HubContext.Provider value={props.hub}>{props.children}</HubContext.Provider>;
  }
  return (
    <OwnHubProvider url={props.url} token={props.token} locale={props.locale}>
      {props.children}
    </OwnHubProvider>
  );
}

function OwnHubProvider({ url, token, locale, children }: OwnHub & { children?: ReactNode }): ReactNode {
  const tokenRef = useRef(token);
  // This effect must run before the one that connects, so that the connection uses the current token.
  useEffect(() => {
    tokenRef.current = token;
  }, [token]);
  const fixedToken = typeof token === 'string' ? token : undefined;
  const sharedHub = useMemo(
    () =>
      new ReferenceCount(
        () => connect(url, { token: fixedToken ?? (() => resolveToken(tokenRef.current)), locale }),
        (hub) => hub.close(),
      ),
    [url, fixedToken, locale],
  );
  const hub = useSyncExternalStore(sharedHub.subscribe, sharedHub.getSnapshot, noHub);
  return <HubContext.Provider value={hub ?? pendingHub}>{children}</HubContext.Provider>;
}

const resolveToken = async (token: Token): Promise<string> => (typeof token === 'string' ? token : token());

const noHub = (): null => null;
