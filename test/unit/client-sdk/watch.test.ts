import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/src/connect.ts';
import type { Hub } from '../../../client-sdk/src/hub.ts';
import type { Watch } from '../../../client-sdk/src/watch.ts';
import type { Action } from '../../../protocol/entities.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
let watch: Watch;
let told: number;

const action = (id: string, at = 0, count = 1): Action => ({ ...item(id, at).action, id, count });
const ids = (): string[] => watch.getSnapshot().items.map(({ id }) => id);
const sees = (expected: string[]) => until(() => String(ids()) === String(expected), String(expected));
const ready = () => until(() => watch.getSnapshot().status === 'ready', 'ready');
const watchCalls = () => gateway.calls.filter(({ event }) => event === 'watch').map(({ payload }) => payload);

async function open(input: { limit?: number } = {}): Promise<void> {
  hub = connect(gateway.url, { token: 'token' });
  watch = hub.watch({ object: 'issue:7', ...input }, () => {
    told += 1;
  });
  await ready();
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  told = 0;
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it('shows what there is, what happens, what changes, and takes out what goes', async () => {
  gateway.watches.put(action('a', 1));
  gateway.watches.put(action('b', 2));
  await open({ limit: 1 });
  expect(ids()).toEqual(['b']);
  expect(watchCalls()).toEqual([{ object: 'issue:7', limit: 1 }]);
  gateway.happen(action('d', 4));
  gateway.happen(action('c', 3));
  await sees(['d', 'c', 'b']);
  gateway.happen(action('c', 3, 5));
  await until(() => watch.getSnapshot().items[1]?.count === 5);
  gateway.undo(['d', 'b', 'never there']);
  await sees(['c']);
});

it('tells once of what came together, and keeps its snapshot between changes', async () => {
  await open();
  const before = watch.getSnapshot();
  expect(watch.getSnapshot()).toBe(before);
  expect(Object.isFrozen(before)).toBe(true);
  told = 0;
  for (let n = 0; n < 50; n += 1) gateway.happen(action(`a${n}`, n));
  await until(() => ids().length === 50);
  expect(told).toBeLessThan(50);
});

it('is the same where what is told changes nothing', async () => {
  gateway.watches.put(action('a', 1));
  await open();
  const before = watch.getSnapshot();
  told = 0;
  gateway.undo(['never there']);
  gateway.emit('watch:removed', { watch: 'another', ids: ['a'] });
  await hub.track({ to: 'project:p1' });
  expect(watch.getSnapshot()).toBe(before);
  expect(told).toBe(0);
});

it('goes on with what was missed while the connection was down', async () => {
  gateway.watches.put(action('a', 1));
  await open();
  gateway.breakConnections();
  gateway.watches.put(action('b', 2));
  await sees(['b', 'a']);
  expect(watchCalls()[1]).toEqual({ object: 'issue:7', position: '00000002' });
  gateway.happen(action('c', 3));
  await sees(['c', 'b', 'a']);
});

it('goes on with what was missed where the hub says so, and ends the watch it had', async () => {
  await open();
  gateway.silent = true;
  gateway.happen(action('lost', 1));
  gateway.silent = false;
  gateway.emit('feed:stale', {});
  await sees(['lost']);
  await until(() => gateway.watches.live.size === 1);
  gateway.happen(action('next', 2));
  await sees(['next', 'lost']);
});

it('begins afresh where the history is gone', async () => {
  gateway.watches.put(action('a', 1));
  await open();
  gateway.breakConnections();
  gateway.watches.remove(['a']);
  gateway.watches.put(action('b', 2));
  gateway.watches.historyFrom = 99;
  await sees(['b']);
});

it('applies pushes that come right behind the answer', async () => {
  gateway.beforeAnswer = (event) => {
    if (event !== 'watch') return;
    gateway.beforeAnswer = undefined;
    // Told of after the answer was read; the answer and these leave in one go.
    gateway.happen(action('a', 1));
    gateway.happen(action('b', 2));
    gateway.undo(['a']);
  };
  await open();
  await sees(['b']);
});

it('does not go back to an older state of an action', async () => {
  await open();
  gateway.happen(action('a', 1, 7));
  gateway.happen(action('a', 1, 3));
  gateway.happen(action('b', 2));
  await sees(['b', 'a']);
  expect(watch.getSnapshot().items[1]?.count).toBe(7);
});

it('says why it cannot watch, and tries again where that may help', async () => {
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

it('ends with close, and with the hub', async () => {
  await open();
  const other = hub.watch({ object: 'issue:8' });
  await until(() => other.getSnapshot().status === 'ready');
  watch.close();
  await until(() => gateway.watches.live.size === 1);
  expect(watch.getSnapshot().status).toBe('closed');
  gateway.happen(action('a', 1));
  await until(() => other.getSnapshot().items.length === 1);
  expect(ids()).toEqual([]);
  hub.close();
  expect(other.getSnapshot().status).toBe('closed');
});

it('closed before its first answer, it leaves nothing watched', async () => {
  hub = connect(gateway.url, { token: 'token' });
  gateway.beforeAnswer = (event) => {
    if (event === 'watch') watch.close();
  };
  watch = hub.watch({ object: 'issue:7' });
  await until(() => gateway.calls.some(({ event }) => event === 'unwatch'));
  expect(gateway.watches.live.size).toBe(0);
});

it('keeps the newest thousand of what comes in', async () => {
  await open();
  for (let n = 0; n < 1_100; n += 1) gateway.happen(action(`a${n}`, n));
  await until(() => ids()[0] === 'a1099');
  expect(ids()).toHaveLength(1_000);
});
