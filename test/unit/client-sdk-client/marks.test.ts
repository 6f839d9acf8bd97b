import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;

const snapshot = () => hub.feed.getSnapshot();
const idsWith = (flag: 'unread' | 'seen'): string[] =>
  snapshot()
    .items.filter((each) => each[flag])
    .map(({ id }) => id);
const unread = (): string[] => idsWith('unread');
const storedItems = () => gateway.feed.items();
const matchesServer = () =>
  until(() => {
    expect(snapshot().items).toEqual(storedItems());
    expect(snapshot().counts).toEqual(gateway.feed.counts());
    return true;
  });
const refusal: ErrorBody = { code: 'forbidden', message: 'not yours', retryable: false };

/** Delays every response to `event` until the returned function is called. */
function holdResponses(event: string): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  gateway.beforeAnswer = async (name) => {
    if (name === event) await released;
  };
  return () => {
    gateway.beforeAnswer = undefined;
    release();
  };
}

const called = (event: string, times = 1) =>
  until(() => gateway.calls.filter((call) => call.event === event).length >= times);

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  for (const id of ['a', 'b', 'c']) gateway.feed.put(item(id));
  hub = connect(gateway.url, { token: 'token' });
  hub.feed.subscribe(() => {});
  await until(() => snapshot().status === 'ready');
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

describe('before the response, marks', () => {
  it('as read are shown in items and counts, as one snapshot', async () => {
    const release = holdResponses('feed:read');
    const marked = hub.feed.markRead(['a', 'unknown']);
    expect(unread()).toEqual(['c', 'b']);
    expect(idsWith('seen')).toEqual(['a']);
    expect(snapshot().counts).toEqual({ unread: 2, unseen: 2, capped: false });
    expect(snapshot()).toBe(snapshot());
    release();
    const items = snapshot().items;
    await expect(marked).resolves.toMatchObject({ changed: 1 });
    expect(snapshot().items).toBe(items);
    await matchesServer();
  });

  it('as unread and as seen are shown', async () => {
    await hub.feed.markRead(['a', 'b']);
    const unmarked = hub.feed.markUnread(['a']);
    expect(unread()).toEqual(['c', 'a']);
    expect(snapshot().counts).toEqual({ unread: 2, unseen: 1, capped: false });
    const seen = hub.feed.markSeen();
    expect(snapshot().counts).toEqual({ unread: 2, unseen: 0, capped: false });
    await Promise.all([unmarked, seen]);
    await matchesServer();
  });

  it('of all are shown, also for items that are not loaded', async () => {
    for (let n = 0; n < 40; n += 1) gateway.feed.put(item(`older${n}`, -n));
    await hub.feed.refresh();
    expect(snapshot().counts.unread).toBe(43);
    const marked = hub.feed.markAllRead();
    expect(snapshot().counts).toEqual({ unread: 0, unseen: 0, capped: false });
    await marked;
    while (snapshot().hasMore) await hub.feed.loadMore();
    await matchesServer();
  });

  it('hide no later changes of items, and counts wait', async () => {
    const release = holdResponses('feed:read');
    const marked = hub.feed.markAllRead();
    await called('feed:read');
    gateway.add(item('late', 9));
    gateway.add(item('b', 8));
    await until(() => String(unread()) === 'late,b');
    expect(snapshot().counts.unread).toBe(0);
    release();
    await marked;
    await matchesServer();
    expect(unread()).toEqual(['late', 'b']);
  });
});

describe('refused marks', () => {
  it('restore the earlier state, and report the error until something succeeds', async () => {
    const before = snapshot();
    gateway.errors.set('feed:read', refusal);
    const marked = hub.feed.markRead(['a']);
    expect(unread()).toEqual(['c', 'b']);
    await expect(marked).rejects.toMatchObject({ name: 'HubError', code: 'forbidden' });
    expect(snapshot()).toMatchObject({ status: 'ready', error: { code: 'forbidden' } });
    expect(snapshot().items.every((each, index) => each === before.items[index])).toBe(true);
    expect(snapshot().counts).toEqual(before.counts);
    await hub.feed.markRead(['b']);
    expect(snapshot().error).toBeNull();
    await matchesServer();
  });

  it('do not affect earlier and later marks', async () => {
    const release = holdResponses('feed:read');
    gateway.errors.set('feed:unread', refusal);
    const marks = [hub.feed.markRead(['a', 'b']), hub.feed.markUnread(['a']), hub.feed.markRead(['c'])];
    expect(unread()).toEqual(['a']);
    expect(snapshot().counts.unread).toBe(1);
    release();
    const settled = await Promise.allSettled(marks);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(unread()).toEqual([]);
    await matchesServer();
  });

  it('fetch the result if they may have been carried out anyway', async () => {
    gateway.loseResponse = {
      event: 'feed:read',
      error: { code: 'internal', message: 'oh', retryable: true },
    };
    await expect(hub.feed.markRead(['a'])).rejects.toMatchObject({ code: 'internal' });
    await until(() => String(unread()) === 'c,b');
    await matchesServer();
  });
});

describe('overlapping marks', () => {
  it('apply in order: all as seen, then one as read, before the first response', async () => {
    const marks = [hub.feed.markSeen(), hub.feed.markRead(['a'])];
    expect(unread()).toEqual(['c', 'b']);
    await Promise.all(marks);
    expect(storedItems().find(({ id }) => id === 'a')).toMatchObject({ unread: false });
    await matchesServer();
  });

  it('of the same item apply in order, back and forth', async () => {
    const marks = [hub.feed.markRead(['a']), hub.feed.markUnread(['a']), hub.feed.markRead(['a'])];
    expect(unread()).toEqual(['c', 'b']);
    expect(snapshot().counts.unread).toBe(2);
    await Promise.all(marks);
    expect(unread()).toEqual(['c', 'b']);
    await matchesServer();
  });

  it('apply in order: all as read, then one as unread', async () => {
    const marks = [hub.feed.markAllRead(), hub.feed.markUnread(['b'])];
    expect(unread()).toEqual(['b']);
    expect(snapshot().counts.unread).toBe(1);
    await Promise.all(marks);
    expect(unread()).toEqual(['b']);
    await matchesServer();
  });

  it('do not cover items that arrived while the first was in flight', async () => {
    const release = holdResponses('feed:seen');
    const marks = [hub.feed.markSeen(), hub.feed.markAllRead()];
    await called('feed:seen');
    gateway.add(item('late', 9));
    await until(() => snapshot().items.length === 4);
    release();
    await Promise.all(marks);
    expect(unread()).toEqual(['late']);
    await matchesServer();
  });

  it('stay correct if the push of the first comes before its response', async () => {
    const release = holdResponses('feed:seen');
    const marks = [hub.feed.markSeen(['a']), hub.feed.markRead(['a'])];
    await called('feed:seen');
    const [seen] = storedItems().filter(({ id }) => id === 'a');
    if (seen) gateway.emit('feed:item', { item: seen, position: gateway.feed.position });
    gateway.add(item('late', 9));
    await until(() => snapshot().items.length === 4);
    expect(unread()).toEqual(['late', 'c', 'b']);
    release();
    await Promise.all(marks);
    expect(unread()).toEqual(['late', 'c', 'b']);
    await matchesServer();
  });

  it('apply to an older page that is being loaded', async () => {
    for (let n = 0; n < 25; n += 1) gateway.feed.put(item(`older${n}`, -n));
    await hub.feed.refresh();
    const more = hub.feed.loadMore(5);
    const marked = hub.feed.markAllRead();
    expect(unread()).toEqual([]);
    await Promise.all([more, marked]);
    expect(snapshot().items).toHaveLength(25);
    expect(unread()).toEqual([]);
  });
});

describe('marks without a connection', () => {
  it('wait, and do not cover items that came meanwhile', async () => {
    gateway.breakConnections();
    await until(() => hub.connection.getSnapshot() === 'offline');
    gateway.feed.put(item('missed', 9));
    gateway.feed.put(item('b', 8));
    const marks = [hub.feed.markSeen(), hub.feed.markAllRead()];
    expect(unread()).toEqual([]);
    expect(snapshot().counts.unread).toBe(0);
    await Promise.all(marks);
    await matchesServer();
    expect(unread()).toEqual(['missed', 'b']);
    expect(idsWith('seen')).toEqual(['c', 'a']);
  });

  it('are sent again if it broke before the response', async () => {
    gateway.beforeAnswer = () => {
      gateway.beforeAnswer = undefined;
      gateway.breakConnections();
      return new Promise(() => {});
    };
    await expect(hub.feed.markRead(['a'])).resolves.toMatchObject({ changed: 0 });
    expect(unread()).toEqual(['c', 'b']);
    await matchesServer();
  });

  it('are rejected if the hub is closed', async () => {
    gateway.breakConnections();
    await until(() => hub.connection.getSnapshot() === 'offline');
    const marks = [hub.feed.markRead(['a']), hub.feed.markRead(['b'])];
    const settled = Promise.allSettled(marks);
    hub.close();
    for (const each of await settled) expect(each).toMatchObject({ reason: { code: 'closed' } });
    expect(unread()).toEqual(['c', 'b', 'a']);
    await expect(hub.feed.markRead(['c'])).rejects.toMatchObject({ code: 'closed' });
  });
});

it('marks of no items send nothing', async () => {
  await expect(hub.feed.markRead([])).resolves.toMatchObject({ changed: 0, counts: { unread: 3 } });
  expect(gateway.calls.map(({ event }) => event)).toEqual(['feed:list']);
});
