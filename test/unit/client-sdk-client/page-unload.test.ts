/** Marks in flight when the user leaves the page. */
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
let release: () => void;

const unread = () =>
  gateway.feed
    .items()
    .filter((each) => each.unread)
    .map(({ id }) => id);
const sent = (event: string) =>
  gateway.calls.filter((call) => call.event === event).map(({ payload }) => payload);

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  around = new FakeEnvironment();
  for (const id of ['a', 'b', 'c']) gateway.feed.put(item(id));
  hub = connectWith(around, gateway.url, { token: 'token' });
  hub.feed.subscribe(() => {});
  await until(() => hub.feed.getSnapshot().status === 'ready');
  // The first call has no response for a while, so the next mark waits.
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  gateway.beforeAnswer = (event) => (event === 'feed:seen' ? released : undefined);
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it('when the page is left, marks are sent, so that following a link does not lose its mark', async () => {
  const seen = hub.feed.markSeen();
  await until(() => sent('feed:seen').length === 1);
  const marked = hub.feed.markRead(['b']);
  // If the mark had been sent, it would have arrived before this.
  await hub.track({ to: 'project:p1' });
  expect(sent('feed:read')).toEqual([]);
  around.leave();
  await until(() => unread().length === 2);
  expect(unread()).toEqual(['c', 'a']);
  // The page may come back, and must then continue as if it had not been left.
  release();
  await Promise.all([seen, marked]);
  await until(() => hub.feed.getSnapshot().counts.unread === 2);
  expect(hub.feed.getSnapshot().items).toEqual(gateway.feed.items());
});

it('when the page is left, marks of all are sent for the shown items only', async () => {
  const { position } = gateway.feed;
  const seen = hub.feed.markSeen();
  await until(() => sent('feed:seen').length === 1);
  const marked = hub.feed.markAllRead();
  gateway.silent = true;
  gateway.add(item('never shown', 5));
  around.leave();
  await until(() => sent('feed:read').length === 1);
  expect(sent('feed:read')).toEqual([{ all: true, position }]);
  release();
  await Promise.all([seen, marked]);
  expect(unread()).toEqual(['never shown']);
});

it('when the page is left without a connection, marks are not sent a second time later', async () => {
  gateway.beforeAnswer = undefined;
  gateway.breakConnections();
  await until(() => hub.connection.getSnapshot() === 'offline');
  const marked = hub.feed.markRead(['b']);
  around.leave();
  around.wake(0);
  await marked;
  expect(sent('feed:read')).toHaveLength(1);
});
