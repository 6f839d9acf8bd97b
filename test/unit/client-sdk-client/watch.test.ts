import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import type { Watch, WatchSnapshot } from '../../../client-sdk/client/src/watch.ts';
import type { Action } from '../../../protocol/entities.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
let watch: Watch;
let notifications: number;
/** The snapshot of the last notification, which comes a task after the change. */
let notified: WatchSnapshot | undefined;

const action = (id: string, at = 0, count = 1): Action => ({ ...item(id, at).action, id, count });
const ids = (): string[] => watch.getSnapshot().items.map(({ id }) => id);
const waitForIds = (expected: string[]) => until(() => String(ids()) === String(expected), String(expected));
const ready = () => until(() => watch.getSnapshot().status === 'ready', 'ready');
const watchCalls = () => gateway.calls.filter(({ event }) => event === 'watch').map(({ payload }) => payload);

async function open(input: { limit?: number } = {}): Promise<void> {
  hub = connect(gateway.url, { token: 'token' });
  watch = hub.watch({ object: 'issue:7', ...input }, () => {
    notifications += 1;
    notified = watch.getSnapshot();
  });
  await until(() => notified?.status === 'ready', 'ready');
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  notifications = 0;
  notified = undefined;
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it('a watch shows existing, new and changed actions, and hides removed ones', async () => {
  gateway.watches.put(action('a', 1));
  gateway.watches.put(action('b', 2));
  await open({ limit: 1 });
  expect(ids()).toEqual(['b']);
  expect(watchCalls()).toEqual([{ object: 'issue:7', limit: 1 }]);
  gateway.addAction(action('d', 4));
  gateway.addAction(action('c', 3));
  await waitForIds(['d', 'c', 'b']);
  gateway.addAction(action('c', 3, 5));
  await until(() => watch.getSnapshot().items[1]?.count === 5);
  gateway.removeActions(['d', 'b', 'never there']);
  await waitForIds(['c']);
});

it('a watch notifies once for concurrent pushes, and keeps its snapshot between changes', async () => {
  await open();
  const before = watch.getSnapshot();
  expect(watch.getSnapshot()).toBe(before);
  expect(Object.isFrozen(before)).toBe(true);
  notifications = 0;
  for (let n = 0; n < 50; n += 1) gateway.addAction(action(`a${n}`, n));
  await until(() => ids().length === 50);
  expect(notifications).toBeLessThan(50);
});

it('a watch keeps its snapshot if a push changes nothing', async () => {
  gateway.watches.put(action('a', 1));
  await open();
  const before = watch.getSnapshot();
  notifications = 0;
  gateway.removeActions(['never there']);
  gateway.emit('watch:removed', { watch: 'another', ids: ['a'] });
  await hub.track({ to: 'project:p1' });
  expect(watch.getSnapshot()).toBe(before);
  expect(notifications).toBe(0);
});

it('a watch fetches what was missed while the connection was down', async () => {
  gateway.watches.put(action('a', 1));
  await open();
  gateway.breakConnections();
  gateway.watches.put(action('b', 2));
  await waitForIds(['b', 'a']);
  expect(watchCalls()[1]).toEqual({ object: 'issue:7', position: '00000002' });
  gateway.addAction(action('c', 3));
  await waitForIds(['c', 'b', 'a']);
});

it('a watch fetches what was missed if the hub says so, and ends its old one', async () => {
  await open();
  gateway.silent = true;
  gateway.addAction(action('lost', 1));
  gateway.silent = false;
  gateway.emit('feed:stale', {});
  await waitForIds(['lost']);
  await until(() => gateway.watches.live.size === 1);
  gateway.addAction(action('next', 2));
  await waitForIds(['next', 'lost']);
});

it('a watch starts over if the history is gone', async () => {
  gateway.watches.put(action('a', 1));
  await open();
  gateway.breakConnections();
  gateway.watches.remove(['a']);
  gateway.watches.put(action('b', 2));
  gateway.watches.historyFrom = 99;
  await waitForIds(['b']);
});

it('a watch applies pushes that come right after the response', async () => {
  gateway.beforeAnswer = (event) => {
    if (event !== 'watch') return;
    gateway.beforeAnswer = undefined;
    // Pushed after the response was read, but sent together with it.
    gateway.addAction(action('a', 1));
    gateway.addAction(action('b', 2));
    gateway.removeActions(['a']);
  };
  await open();
  await waitForIds(['b']);
});

it('a watch does not revert to an older state of an action', async () => {
  await open();
  gateway.addAction(action('a', 1, 7));
  gateway.addAction(action('a', 1, 3));
  gateway.addAction(action('b', 2));
  await waitForIds(['b', 'a']);
  expect(watch.getSnapshot().items[1]?.count).toBe(7);
});

it('a watch reports why it is refused, and retries if that may help', async () => {
  gateway.errors.set('watch', { code: 'gone', message: 'issue:7 was deleted', retryable: false });
  hub = connect(gateway.url, { token: 'token' });
  watch = hub.watch({ object: 'issue:7' });
  await until(() => watch.getSnapshot().status === 'error');
  expect(watch.getSnapshot().error).toMatchObject({ code: 'gone', retryable: false });
  watch.close();
  gateway.errors.set('watch', { code: 'unavailable', message: 'later', retryable: true });
  watch = hub.watch({ object: 'issue:7' });
  await ready();
  expect(watch.getSnapshot().error).toBeNull();
});

it('a watch ends with close, and when the hub is closed', async () => {
  await open();
  const other = hub.watch({ object: 'issue:8' });
  await until(() => other.getSnapshot().status === 'ready');
  watch.close();
  await until(() => gateway.watches.live.size === 1);
  expect(watch.getSnapshot().status).toBe('closed');
  gateway.addAction(action('a', 1));
  await until(() => other.getSnapshot().items.length === 1);
  expect(ids()).toEqual([]);
  hub.close();
  expect(other.getSnapshot().status).toBe('closed');
});

it('a watch ends at the hub, too, if it is closed before the first response', async () => {
  hub = connect(gateway.url, { token: 'token' });
  gateway.beforeAnswer = (event) => {
    if (event === 'watch') watch.close();
  };
  watch = hub.watch({ object: 'issue:7' });
  await until(() => gateway.calls.some(({ event }) => event === 'unwatch'));
  expect(gateway.watches.live.size).toBe(0);
});

it('a watch keeps the newest thousand actions', async () => {
  await open();
  for (let n = 0; n < 1_100; n += 1) gateway.addAction(action(`a${n}`, n));
  await until(() => ids()[0] === 'a1099');
  expect(ids()).toHaveLength(1_000);
});
