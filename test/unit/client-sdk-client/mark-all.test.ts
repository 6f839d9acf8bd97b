/** A mark of all covers the shown items, whatever else the hub has. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectWith } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeEnvironment } from './fake-environment.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let around: FakeEnvironment;
let hub: Hub;

const unreadIds = () =>
  hub.feed
    .getSnapshot()
    .items.map(({ id }) => id)
    .sort();
const left = (flag: 'unread' | 'unseen') =>
  gateway.feed
    .items()
    .filter((each) => (flag === 'unread' ? each.unread : !each.seen))
    .map(({ id }) => id)
    .sort();
const waitForState = (state: string) => until(() => hub.connection.getSnapshot() === state);
const agrees = () =>
  until(() => {
    expect(hub.feed.getSnapshot().items).toEqual(gateway.feed.items());
    expect(hub.feed.getSnapshot().counts).toEqual(gateway.feed.counts());
    return true;
  });

/** Runs the function once, while a response to `event` is in flight. */
const during = <T>(event: string, run: () => T | Promise<T>): Promise<T> =>
  new Promise((resolve) => {
    gateway.beforeAnswer = async (name) => {
      if (name !== event) return;
      gateway.beforeAnswer = undefined;
      resolve(await run());
    };
  });

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  around = new FakeEnvironment();
  for (const id of ['a', 'b']) gateway.feed.put(item(id));
  hub = connectWith(around, gateway.url, { token: 'token' });
  hub.feed.subscribe(() => {});
  await until(() => hub.feed.getSnapshot().status === 'ready');
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it.each(['markAllRead', 'markSeen'] as const)('%s covers only shown items during a reload', async (mark) => {
  for (const id of ['new', 'newer']) gateway.feed.put(item(id, 5));
  const marking = during('feed:list', () => {
    expect(unreadIds()).toEqual(['a', 'b']);
    return { done: hub.feed[mark]() };
  });
  gateway.emit('feed:reset', {});
  await (await marking).done;
  expect(left(mark === 'markSeen' ? 'unseen' : 'unread')).toEqual(['new', 'newer']);
  await agrees();
});

it('a mark of all covers only the shown items during a reload in which the connection breaks', async () => {
  const breaking = during('feed:list', async () => {
    gateway.breakConnections();
    await waitForState('offline');
  });
  gateway.emit('feed:reset', {});
  await breaking;
  gateway.feed.put(item('while away', 5));
  const done = hub.feed.markAllRead();
  around.wake(0);
  await done;
  expect(left('unread')).toEqual(['while away']);
  await agrees();
});

it('a mark of all covers only the shown items while older, missed changes are fetched', async () => {
  gateway.breakConnections();
  await waitForState('offline');
  gateway.feed.put(item('missed', 5));
  const marking = during('feed:changes', async () => {
    gateway.add(item('pushed', 9));
    await until(() => unreadIds().includes('pushed'));
    expect(unreadIds()).toEqual(['a', 'b', 'pushed']);
    return { done: hub.feed.markAllRead() };
  });
  around.wake(0);
  await (await marking).done;
  expect(left('unread')).toEqual(['missed']);
  await agrees();
});
