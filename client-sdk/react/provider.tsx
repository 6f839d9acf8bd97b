import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { connect } from '../src/connect.ts';
import type { Hub } from '../src/hub.ts';
import type { Token } from '../src/options.ts';
import { HubContext, onItsWay } from './context.ts';
import { Lease } from './lease.ts';

/**
 * A hub that somebody else connected and closes; `null`: none at the moment, such as before signing in. Inboxes are then
 * empty.
 */
export interface SharedHub {
  hub: Hub | null;
  url?: never;
  token?: never;
  locale?: never;
}

/** A hub of the provider's own: connected when it is mounted, closed when it goes, and made anew for another address. */
export interface OwnHub {
  hub?: never;
  /** Where the hub is, e.g. `https://hub.example.com`. Another one connects anew. */
  url: string;
  /**
   * A token, or where to get one. Another function is used from then on and does not connect anew, so it may be written
   * in place; another string connects anew. For another user give the provider another `key`.
   */
  token: Token;
  /** BCP 47, e.g. `"de"`: the language of the texts. Default: the hub's. Another one connects anew. */
  locale?: string;
}

export type HubProviderProps = (SharedHub | OwnHub) & { children?: ReactNode };

/**
 * Gives a hub to the hooks and the `<Inbox>` below it. With `hub` it shares one; with `url` and `token` it has one of its
 * own. Connects nothing on the server.
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
  const latest = useRef(token);
  // Before what connects, so that a connection begins with the token of its own rendering.
  useEffect(() => {
    latest.current = token;
  }, [token]);
  const fixed = typeof token === 'string' ? token : undefined;
  const lease = useMemo(
    () =>
      new Lease(
        () => connect(url, { token: fixed ?? (() => ask(latest.current)), locale }),
        (hub) => hub.close(),
      ),
    [url, fixed, locale],
  );
  const hub = useSyncExternalStore(lease.subscribe, lease.getSnapshot, nothing);
  return <HubContext.Provider value={hub ?? onItsWay}>{children}</HubContext.Provider>;
}

const ask = async (token: Token): Promise<string> => (typeof token === 'string' ? token : token());

const nothing = (): null => null;
