import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
let stop: () => void;

const ids = (): string[] => hub.feed.getSnapshot().items.map(({ id }) => id);
const events = (): string[] => gateway.calls.map(({ event }) => event);
/** Waits until everything that the hub sent has arrived. */
const roundTrip = () => hub.track({ to: 'project:p1' });
/** Waits for the next task, and for everything due before it. */
const nextTask = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  gateway.feed.put(item('a', 1));
  hub = connect(gateway.url, { token: 'token' });
  stop = hub.feed.subscribe(() => {});
  await until(() => hub.feed.getSnapshot().status === 'ready');
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it('a feed stops with its last listener, and keeps its state', async () => {
  const other = hub.feed.subscribe(() => {});
  stop();
  await nextTask();
  gateway.add(item('b', 2));
  await until(() => ids().length === 2);
  other();
  await nextTask();
  const before = hub.feed.getSnapshot();
  gateway.add(item('c', 3));
  await roundTrip();
  expect(hub.feed.getSnapshot()).toBe(before);
  expect(before.status).toBe('ready');
});

it('a feed continues from where it stopped', async () => {
  stop();
  await nextTask();
  gateway.add(item('b', 2));
  gateway.remove(['a']);
  await roundTrip();
  hub.feed.subscribe(() => {});
  await until(() => String(ids()) === 'b');
  expect(events().filter((event) => event.startsWith('feed:'))).toEqual(['feed:list', 'feed:changes']);
  expect(hub.feed.getSnapshot().counts.unread).toBe(1);
  gateway.add(item('c', 3));
  await until(() => String(ids()) === 'c,b');
});

it('a feed requests nothing if a listener leaves and returns in the same task', async () => {
  for (let n = 0; n < 5; n += 1) {
    stop();
    stop = hub.feed.subscribe(() => {});
  }
  await nextTask();
  gateway.add(item('b', 2));
  await until(() => String(ids()) === 'b,a');
  expect(events()).toEqual(['feed:list']);
});

it('a feed does not treat a response as complete that came while nobody listened', async () => {
  stop();
  await nextTask();
  await hub.feed.refresh();
  gateway.add(item('b', 2));
  await roundTrip();
  expect(ids()).toEqual(['a']);
  hub.feed.subscribe(() => {});
  await until(() => String(ids()) === 'b,a');
});

it('a feed marks items without listeners, too', async () => {
  stop();
  await nextTask();
  await hub.feed.markRead(['a']);
  expect(hub.feed.getSnapshot().items[0]?.unread).toBe(false);
  expect(gateway.feed.counts().unread).toBe(0);
});

it('a feed does not start after the hub was closed', async () => {
  hub.close();
  await nextTask();
  hub.feed.subscribe(() => {});
  await nextTask();
  expect(events()).toEqual(['feed:list']);
});
