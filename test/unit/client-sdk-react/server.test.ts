/** Server rendering: there is no `window`, and nothing may connect. */
import { createElement, type ReactNode, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type Hub } from '../../../client-sdk/client/src/index.ts';
import {
  type EmptyProps,
  HubProvider,
  type HubProviderProps,
  Inbox,
  type LoadingProps,
  useConnection,
  useCounts,
  useFeed,
  useHub,
  useWatch,
} from '../../../client-sdk/react/src/index.ts';
import { until } from '../../support/until.ts';
import { item } from '../client-sdk-client/factory.ts';
import { FakeGateway } from '../client-sdk-client/fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
beforeAll(async () => {
  gateway = await new FakeGateway().listen();
  gateway.add(item('i1'));
  hub = connect(gateway.url, { token: 'ada' });
  // Even a loaded feed is not rendered on a server, because hydration starts with an empty one.
  const stop = hub.feed.subscribe(() => undefined);
  await until(() => hub.feed.getSnapshot().items.length === 1, 'the item');
  return stop;
});
afterAll(async () => {
  hub.close();
  await gateway.close();
});

const token = vi.fn(async () => 'ada');
const own: HubProviderProps = { url: 'http://127.0.0.1:9', token };
const render = (content: ReactNode, provider: HubProviderProps = own): string =>
  renderToString(createElement(StrictMode, null, createElement(HubProvider, provider, content)));

function Everything(): ReactNode {
  const { items, counts, status, hasMore, error } = useFeed();
  const watch = useWatch({ object: 'project:p1' });
  const none = useWatch(null);
  return JSON.stringify({
    hub: useHub() === null ? null : 'hub',
    feed: { items, counts, status, hasMore, error },
    counts: useCounts(),
    connection: useConnection(),
    watch,
    none,
  });
}
const shown = (html: string): unknown => JSON.parse(html.replaceAll('&quot;', '"'));

const nothingYet = {
  feed: {
    items: [],
    counts: { unread: 0, unseen: 0, capped: false },
    status: 'idle',
    hasMore: false,
    error: null,
  },
  counts: { unread: 0, unseen: 0, capped: false },
  connection: 'connecting',
  watch: { items: [], status: 'loading', error: null },
  none: { items: [], status: 'idle', error: null },
};

const Loading = ({ connection, labels }: LoadingProps) => `${labels.loading} while ${connection}`;
const Empty = ({ tab }: EmptyProps) => `nothing in ${tab}`;

describe('on a server', () => {
  it('a provider that connects on its own neither connects nor shows anything yet', () => {
    expect(typeof window).toBe('undefined');
    expect(shown(render(createElement(Everything)))).toEqual({ hub: null, ...nothingYet });
    expect(token).not.toHaveBeenCalled();
  });

  it('a shared hub is passed on, but its state is not', () => {
    expect(shown(render(createElement(Everything), { hub }))).toEqual({ hub: 'hub', ...nothingYet });
    expect(gateway.calls.filter(({ event }) => event === 'watch')).toEqual([]);
  });

  it('a provider may have no hub', () => {
    expect(shown(render(createElement(Everything), { hub: null }))).toEqual({ hub: null, ...nothingYet });
  });

  it('hooks without a provider throw an error that names it', () => {
    expect(() => renderToString(createElement(Everything))).toThrow('<HubProvider>');
  });

  it('an inbox in the page is rendered, and loads', () => {
    const html = render(createElement(Inbox, { layout: 'page', labels: { title: 'News <here>' } }), { hub });
    expect(html).toContain('News &lt;here&gt;');
    expect(html).toContain('hubbub-inbox hubbub-inbox--page');
    expect(html).toContain('role="tablist"');
    expect(html).toContain('hubbub-inbox__loading');
    expect(html).not.toContain('hubbub-inbox__item"');
  });

  it('an inbox behind a bell is closed, and its bell has a label', () => {
    const html = render(createElement(Inbox, { className: 'mine' }));
    expect(html).toContain('class="hubbub-inbox hubbub-inbox--bell mine"');
    expect(html).toContain('aria-label="Notifications"');
    expect(html).toContain('aria-expanded="false"');
    expect(html).not.toContain('role="dialog"');
  });

  it('an inbox without a hub does not load', () => {
    for (const props of [{ layout: 'page' }, { defaultOpen: true }] as const) {
      const html = render(createElement(Inbox, props), { hub: null });
      expect(html).toContain('hubbub-inbox__empty"');
      expect(html).not.toContain('hubbub-inbox__loading');
    }
  });

  it('parts can be replaced', () => {
    const html = render(createElement(Inbox, { layout: 'page', components: { Loading, Empty } }));
    expect(html).toContain('Loading … while connecting');
    expect(html).not.toContain('nothing in all');
  });
});
