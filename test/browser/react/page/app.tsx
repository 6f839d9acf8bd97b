/** An application that is configured by the test, and counts the renderings of each part. */
import { type ReactNode, StrictMode } from 'react';
import { connect, type Hub, type WatchInput } from '../../../../client-sdk/client/src/index.ts';
import {
  type AvatarProps,
  type BellProps,
  type EmptyProps,
  type HeaderProps,
  HubProvider,
  Inbox,
  type InboxParts,
  type InboxProps,
  type ItemProps,
  useConnection,
  useCounts,
  useFeed,
  useHub,
  useWatch,
} from '../../../../client-sdk/react/src/index.ts';

export interface Setup {
  /** Null: no provider. */
  provider: 'own' | 'shared' | 'without' | null;
  url: string;
  locale?: string;
  token: string;
  /** Passes the token as a string, otherwise as a new function for each rendering. */
  tokenIsText: boolean;
  show: Array<'feed' | 'counts' | 'watch' | 'watches' | 'inbox' | 'second' | 'more'>;
  watch: WatchInput | null;
  inbox: Omit<InboxProps, 'components' | 'onSelect' | 'onError'>;
  replaced: Array<keyof InboxParts>;
  /** The behaviour of `onSelect`. */
  selecting: 'nothing' | 'refuse' | 'prevent';
}

export const usual: Setup = {
  provider: 'own',
  url: '',
  token: 'ada',
  tokenIsText: false,
  show: [],
  watch: null,
  inbox: {},
  replaced: [],
  selecting: 'nothing',
};

/** Records for tests. */
export const recorded = {
  renders: {} as Record<string, number>,
  tokens: [] as string[],
  selected: [] as string[],
  failed: [] as string[],
  /** All different `markRead` functions of `useFeed`. */
  calls: new Set<unknown>(),
};

const countRender = (name: string): void => {
  recorded.renders[name] = (recorded.renders[name] ?? 0) + 1;
};

function Feed(): ReactNode {
  countRender('feed');
  const { items, status, markRead } = useFeed();
  recorded.calls.add(markRead);
  const connection = useConnection();
  return (
    <output id="feed">{JSON.stringify({ items: items.map(({ id }) => id), status, connection })}</output>
  );
}

function Counts(): ReactNode {
  countRender('counts');
  return <output id="counts">{JSON.stringify(useCounts())}</output>;
}

function Watched({ id, input }: { id: string; input: WatchInput | null }): ReactNode {
  countRender(id);
  const { items, status } = useWatch(input);
  return <output id={id}>{JSON.stringify({ items: items.map((action) => action.id), status })}</output>;
}

function CurrentHub(): ReactNode {
  globalHub.current = useHub();
  return null;
}
/** The hub in use, for tests. */
export const globalHub: { current: Hub | null } = { current: null };

const OwnItem = ({ item, href, select, markRead, parts, labels, locale }: ItemProps) => (
  <div className="own-item" data-href={href}>
    <parts.Avatar actor={item.action.actor} />
    <parts.Sentence action={item.action} labels={labels} locale={locale} />
    <button type="button" onClick={select} onKeyDown={(event) => event.preventDefault()}>
      Choose
    </button>
    <button type="button" onClick={markRead}>
      Done
    </button>
  </div>
);
const replacements: InboxParts = {
  Item: OwnItem,
  Avatar: ({ actor }: AvatarProps) => <b className="own-avatar">{actor?.id}</b>,
  Sentence: ({ action }) => <i className="own-sentence">{action.verb}</i>,
  Empty: ({ tab }: EmptyProps) => <p className="own-empty">{tab}</p>,
  Loading: () => <p className="own-loading">wait</p>,
  Error: ({ error, retry }) => (
    <p className="own-error">
      {error.code}
      {retry && (
        <button type="button" onClick={retry}>
          Again
        </button>
      )}
    </p>
  ),
  Offline: ({ connection }) => <p className="own-offline">{connection}</p>,
  Header: ({ titleId, labels, counts }: HeaderProps) => (
    <h3 id={titleId}>
      {labels.title} {counts.unread}
    </h3>
  ),
  Tabs: ({ selected, tabId, select }) => (
    <div role="tablist" className="own-tabs">
      <button
        type="button"
        role="tab"
        id={tabId('all')}
        aria-selected={selected === 'all'}
        onClick={() => select('all')}
      >
        Everything
      </button>
      <button
        type="button"
        role="tab"
        id={tabId('unread')}
        aria-selected={selected === 'unread'}
        onClick={() => select('unread')}
      >
        New
      </button>
    </div>
  ),
  LoadMore: ({ loadMore, error }) => (
    <button type="button" className="own-more" onClick={loadMore}>
      {error?.code ?? 'Older'}
    </button>
  ),
  Bell: ({ badge, buttonProps }: BellProps) => (
    <button {...buttonProps} className="own-bell">
      {badge}
    </button>
  ),
};

const shared = new Map<string, Hub>();
/** Hubs that are not the provider's. */
function sharedHub(url: string): Hub {
  const hub = shared.get(url) ?? connect(url, { token: 'ada' });
  shared.set(url, hub);
  return hub;
}

function Content({ show, watch, inbox, replaced, selecting }: Setup): ReactNode {
  return (
    <>
      <CurrentHub />
      {show.includes('feed') && <Feed />}
      {show.includes('counts') && <Counts />}
      {/* Written in place: another object each time. */}
      {show.includes('watch') && <Watched id="watch" input={watch && { ...watch }} />}
      {show.includes('watches') && <Watched id="watches" input={watch && { ...watch }} />}
      {show.includes('inbox') && (
        <Inbox
          {...inbox}
          components={Object.fromEntries(replaced.map((name) => [name, replacements[name]]))}
          onError={(error) => recorded.failed.push(error.code)}
          onSelect={(item, event) => {
            recorded.selected.push(item.id);
            if (selecting === 'prevent') event.preventDefault();
            return selecting !== 'refuse';
          }}
        />
      )}
      {show.includes('second') && <Inbox layout="page" />}
      {show.includes('more') && <button type="button">After it</button>}
    </>
  );
}

export function App(setup: Setup): ReactNode {
  const { provider, url, locale, token, tokenIsText } = setup;
  const content = <Content {...setup} />;
  if (provider === null) return <StrictMode />;
  const getToken = async (): Promise<string> => {
    recorded.tokens.push(token);
    return token;
  };
  return (
    <StrictMode>
      {provider === 'own' && (
        <HubProvider url={url} locale={locale} token={tokenIsText ? token : getToken}>
          {content}
        </HubProvider>
      )}
      {provider === 'shared' && <HubProvider hub={sharedHub(url)}>{content}</HubProvider>}
      {provider === 'without' && <HubProvider hub={null}>{content}</HubProvider>}
    </StrictMode>
  );
}
