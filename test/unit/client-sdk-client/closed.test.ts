/** Calls and listeners after the final end of the connection: closed, or a token that expired for good. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;

const waitForState = (state: string) => until(() => hub.connection.getSnapshot() === state);
const closed = { actor: 'user:ada', verb: 'closed' };
const project = { to: 'project:p1' };
/** The error code of a rejected promise. */
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'none',
    (error: { code: unknown }) => error.code,
  );
const everything = (): Promise<unknown[]> =>
  Promise.all(
    [
      hub.log(closed),
      hub.log(closed),
      hub.track(project),
      hub.untrack({ from: 'project:p1' }),
      hub.event({ name: 'PageViewed' }),
      hub.feed.markRead(['a']),
      hub.feed.markAllRead(),
    ].map(codeOf),
  );

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  gateway.feed.put(item('a'));
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

describe('close rejects', () => {
  const all = (code: string) => Array(7).fill(code);

  it('calls that wait for the first connection', async () => {
    await gateway.stop();
    hub = connect(gateway.url, { token: 'token' });
    const codes = everything();
    hub.close();
    expect(await codes).toEqual(all('closed'));
  });

  it('calls in flight, and queued calls', async () => {
    hub = connect(gateway.url, { token: 'token' });
    hub.feed.subscribe(() => {});
    await until(() => hub.feed.getSnapshot().status === 'ready');
    gateway.beforeAnswer = () => new Promise(() => {});
    const codes = everything();
    await until(() => gateway.calls.some(({ event }) => event === 'track'));
    hub.close();
    expect(await codes).toEqual(all('closed'));
    expect(hub.feed.getSnapshot().items).toHaveLength(1);
  });

  it('calls that wait for a retry', async () => {
    hub = connect(gateway.url, { token: 'token' });
    await waitForState('online');
    gateway.errors.set('log', { code: 'unavailable', message: 'no queue', retryable: true });
    const codes = Promise.all([codeOf(hub.log(closed)), codeOf(hub.log(closed))]);
    await until(() => !gateway.errors.has('log'));
    hub.close();
    expect(await codes).toEqual(['closed', 'closed']);
  });

  it('later calls', async () => {
    hub = connect(gateway.url, { token: 'token' });
    hub.close();
    expect(await everything()).toEqual(all('closed'));
    const watch = hub.watch({ object: 'project:p1' });
    hub.feed.subscribe(() => {});
    await until(() => watch.getSnapshot().error?.code === 'closed');
    await until(() => hub.feed.getSnapshot().error?.code === 'closed');
    expect(gateway.calls).toEqual([]);
  });
});

describe('a token that is a string and', () => {
  const all = Array(7).fill('unauthenticated');

  it('is rejected ends waiting and later calls', async () => {
    gateway.refusedTokens.add('old');
    hub = connect(gateway.url, { token: 'old' });
    const watch = hub.watch({ object: 'project:p1' });
    hub.feed.subscribe(() => {});
    expect(await everything()).toEqual(all);
    await until(() => watch.getSnapshot().status === 'error');
    expect(watch.getSnapshot().error).toMatchObject({ code: 'unauthenticated', retryable: false });
    await until(() => hub.feed.getSnapshot().status === 'error');
    expect(hub.feed.getSnapshot().error?.code).toBe('unauthenticated');
    expect(hub.connection.getSnapshot()).toBe('expired');
    expect(await everything()).toEqual(all);
    expect(gateway.handshakes).toHaveLength(1);
  });

  it('expires ends calls in flight, and keeps the snapshot', async () => {
    hub = connect(gateway.url, { token: 'token' });
    const watch = hub.watch({ object: 'project:p1' });
    hub.feed.subscribe(() => {});
    await until(() => hub.feed.getSnapshot().status === 'ready');
    await until(() => watch.getSnapshot().status === 'ready');
    gateway.beforeAnswer = () => new Promise(() => {});
    const codes = everything();
    await until(() => gateway.calls.some(({ event }) => event === 'log'));
    gateway.expire();
    expect(await codes).toEqual(all);
    await until(() => hub.feed.getSnapshot().status === 'error');
    expect(hub.feed.getSnapshot().items).toEqual([item('a')]);
    await until(() => watch.getSnapshot().status === 'error');
  });
});
