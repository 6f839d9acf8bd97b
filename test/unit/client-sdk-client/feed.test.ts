import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
/** The number of notifications of listeners. */
let notifications: number;

const ids = (): string[] => hub.feed.getSnapshot().items.map(({ id }) => id);
const unread = (): string[] =>
  hub.feed
    .getSnapshot()
    .items.filter((each) => each.unread)
    .map(({ id }) => id);
const waitForIds = (expected: string[]) => until(() => String(ids()) === String(expected));
const ready = () => until(() => hub.feed.getSnapshot().status === 'ready');

/** A connected client that shows the hub's feed. */
async function open(): Promise<void> {
  hub = connect(gateway.url, { token: 'token', locale: 'en' });
  hub.feed.subscribe(() => {
    notifications += 1;
  });
  await ready();
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  notifications = 0;
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

describe('a live feed', () => {
  it('starts with its first listener, with the first page', async () => {
    gateway.feed.put(item('a', 1));
    hub = connect(gateway.url, { token: 'token' });
    await until(() => hub.connection.getSnapshot() === 'online');
    expect(gateway.calls).toEqual([]);
    expect(hub.feed.getSnapshot().status).toBe('idle');
    hub.feed.subscribe(() => {});
    await waitForIds(['a']);
    expect(hub.feed.getSnapshot()).toMatchObject({ status: 'ready', hasMore: false, error: null });
    expect(hub.feed.getSnapshot().counts.unread).toBe(1);
  });

  it('shows new items, and hides removed ones', async () => {
    await open();
    gateway.add(item('a', 1));
    gateway.add(item('b', 2));
    await waitForIds(['b', 'a']);
    gateway.remove(['a']);
    await waitForIds(['b']);
    await until(() => hub.feed.getSnapshot().counts.unread === 1);
  });

  it('keeps its snapshot between changes and notifies once for concurrent pushes', async () => {
    await open();
    const before = hub.feed.getSnapshot();
    expect(hub.feed.getSnapshot()).toBe(before);
    expect(Object.isFrozen(before)).toBe(true);
    notifications = 0;
    for (let n = 0; n < 50; n += 1) gateway.add(item(`i${n}`, n));
    await until(() => ids().length === 50);
    expect(notifications).toBeLessThan(50);
    expect(hub.feed.getSnapshot()).not.toBe(before);
  });
});

describe('a feed of several pages', () => {
  it('loads older ones until there are none', async () => {
    for (let n = 0; n < 45; n += 1) gateway.feed.put(item(`i${n}`, n));
    await open();
    expect(ids()).toHaveLength(20);
    await hub.feed.loadMore();
    expect(ids()).toHaveLength(40);
    // Two calls, one request.
    await Promise.all([hub.feed.loadMore(), hub.feed.loadMore()]);
    expect(ids()).toEqual(gateway.feed.items().map(({ id }) => id));
    expect(hub.feed.getSnapshot().hasMore).toBe(false);
    expect(gateway.calls.filter(({ event }) => event === 'feed:list')).toHaveLength(3);
  });

  it('restores no removed item, and undoes no mark, while one is loading', async () => {
    for (let n = 0; n < 25; n += 1) gateway.feed.put(item(`i${n}`, n));
    await open();
    gateway.beforeAnswer = async () => {
      gateway.beforeAnswer = undefined;
      gateway.remove(['i1']);
      gateway.markElsewhere({ ids: ['i2'] }, { unread: false, seen: true });
      await until(() => hub.feed.getSnapshot().counts.unread === 23);
    };
    await hub.feed.loadMore();
    expect(ids()).not.toContain('i1');
    expect(unread()).not.toContain('i2');
    expect(ids()).toContain('i2');
  });

  it('reports why one could not be loaded, and continues', async () => {
    for (let n = 0; n < 25; n += 1) gateway.feed.put(item(`i${n}`, n));
    await open();
    gateway.errors.set('feed:list', { code: 'unavailable', message: 'no database', retryable: true });
    await expect(hub.feed.loadMore()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(hub.feed.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'unavailable' } });
    await hub.feed.loadMore();
    expect(hub.feed.getSnapshot()).toMatchObject({ status: 'ready', error: null });
  });

  it('retries the first one until it arrives', async () => {
    gateway.feed.put(item('a'));
    gateway.errors.set('feed:list', { code: 'unavailable', message: 'no database', retryable: true });
    await open();
    await waitForIds(['a']);
  });
});

describe('marks', () => {
  it('are shown as soon as the hub carried them out', async () => {
    for (const id of ['a', 'b', 'c']) gateway.feed.put(item(id));
    await open();
    expect(await hub.feed.markRead(['a'])).toMatchObject({ changed: 1 });
    expect(unread()).toEqual(['c', 'b']);
    expect(hub.feed.getSnapshot().counts.unread).toBe(2);
    await hub.feed.markUnread(['a']);
    expect(unread()).toEqual(['c', 'b', 'a']);
    await hub.feed.markSeen(['b']);
    expect(hub.feed.getSnapshot().counts).toMatchObject({ unread: 3, unseen: 1 });
  });

  it('of all leave items unread that arrive meanwhile', async () => {
    for (const id of ['a', 'b']) gateway.feed.put(item(id));
    await open();
    const { position } = gateway.feed;
    gateway.beforeAnswer = async () => {
      gateway.beforeAnswer = undefined;
      gateway.add(item('late', 9));
      await until(() => ids().includes('late'));
    };
    await hub.feed.markAllRead();
    expect(gateway.calls.at(-1)).toEqual({ event: 'feed:read', payload: { all: true, position } });
    await until(() => String(unread()) === 'late');
  });

  it('of another connection arrive', async () => {
    for (const id of ['a', 'b']) gateway.feed.put(item(id));
    await open();
    gateway.markElsewhere({ all: true }, { unread: false, seen: true });
    await until(() => unread().length === 0);
    await until(() => hub.feed.getSnapshot().counts.unread === 0);
  });
});

describe('recovery', () => {
  it('fetches what was lost while the connection was down', async () => {
    for (const id of ['a', 'b', 'c']) gateway.feed.put(item(id));
    gateway.feed.changesSize = 1;
    await open();
    gateway.breakConnections();
    gateway.feed.put(item('d', 5));
    gateway.feed.remove(['a']);
    gateway.feed.mark({ ids: ['b'] }, { unread: false, seen: true });
    await waitForIds(['d', 'c', 'b']);
    // The mark is in the last of several responses.
    await until(() => hub.feed.getSnapshot().items.some(({ id, unread }) => id === 'b' && !unread));
    expect(hub.feed.getSnapshot().items).toEqual(gateway.feed.items());
    expect(hub.feed.getSnapshot().counts).toEqual(gateway.feed.counts());
  });

  it('fetches what the hub reports as possibly lost', async () => {
    await open();
    gateway.silent = true;
    gateway.add(item('lost'));
    gateway.silent = false;
    gateway.emit('feed:stale', {});
    await waitForIds(['lost']);
  });

  it('reloads if the history is gone', async () => {
    gateway.feed.put(item('a'));
    await open();
    gateway.breakConnections();
    gateway.feed.remove(['a']);
    gateway.feed.put(item('b'));
    gateway.feed.historyFrom = 999;
    await waitForIds(['b']);
  });

  it('reloads if the hub says so', async () => {
    gateway.feed.put(item('a'));
    await open();
    gateway.feed.remove(['a']);
    gateway.feed.put(item('b'));
    gateway.emit('feed:reset', {});
    await waitForIds(['b']);
  });
});
