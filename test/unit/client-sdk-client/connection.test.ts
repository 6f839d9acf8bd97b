import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import { until } from '../../support/until.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
let states: string[];

const online = () => waitForState('online');
const waitForState = (state: string) => until(() => hub.connection.getSnapshot() === state);

function open(token: string | (() => Promise<string>), locale?: string): void {
  hub = connect(gateway.url, { token, ...(locale === undefined ? {} : { locale }) });
  states = [hub.connection.getSnapshot()];
  hub.connection.subscribe(() => states.push(hub.connection.getSnapshot()));
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it('a hub reports its connection status: connecting, online, offline and back', async () => {
  open('token', 'de');
  await online();
  expect(gateway.handshakes).toEqual([{ token: 'token', locale: 'de' }]);
  gateway.breakConnections();
  await waitForState('offline');
  await online();
  expect(states).toEqual(['connecting', 'online', 'offline', 'online']);
});

it('a hub falls back to long polling if WebSockets are blocked', async () => {
  const narrow = await new FakeGateway({ transports: ['polling'] }).listen();
  onTestFinished(() => narrow.close());
  hub = connect(narrow.url, { token: 'token' });
  await online();
  expect(await hub.track({ to: 'project:p1' })).toEqual({ trackers: [] });
});

it('a hub requests a fresh token for every connection', async () => {
  let tokenRequests = 0;
  open(async () => `token-${++tokenRequests}`);
  await online();
  gateway.breakConnections();
  await waitForState('offline');
  await online();
  expect(gateway.handshakes).toEqual([{ token: 'token-1' }, { token: 'token-2' }]);
});

it('a hub reconnects with a fresh token when the old one expired', async () => {
  let tokenRequests = 0;
  open(async () => `token-${++tokenRequests}`);
  await online();
  gateway.expire();
  await until(() => gateway.handshakes.length === 2);
  await online();
  expect(states).toEqual(['connecting', 'online', 'expired', 'connecting', 'online']);
});

it('a hub stays expired if there is no other token', async () => {
  open('token');
  await online();
  gateway.refusedTokens.add('token');
  gateway.expire();
  await waitForState('expired');
  hub.close();
  expect(gateway.handshakes).toHaveLength(1);
});

it('a hub retries the token function after its token was rejected', async () => {
  let tokenRequests = 0;
  gateway.refusedTokens.add('token-1');
  open(async () => `token-${++tokenRequests}`);
  await online();
  expect(states).toEqual(['connecting', 'expired', 'connecting', 'online']);
});

it('a hub retries if the token function fails', async () => {
  let tokenRequests = 0;
  open(async () => {
    tokenRequests += 1;
    if (tokenRequests === 1) throw new Error('the token service is unavailable');
    return 'token';
  });
  await online();
  expect(states).toEqual(['connecting', 'offline', 'online']);
});

it('a hub rejects a call with the code, the retry flag, and the invalid fields', async () => {
  open('token');
  await online();
  const fields = [{ path: 'verb', message: 'is required' }];
  gateway.errors.set('log', {
    code: 'invalid_input',
    message: 'verb: is required',
    retryable: false,
    fields,
  });
  const refusal: unknown = await hub.log({ actor: 'user:ada', verb: '' }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(HubError);
  expect(refusal).toMatchObject({ code: 'invalid_input', retryable: false, fields });
});

it('a hub rejects a call if the connection breaks before the response', async () => {
  open('token');
  await online();
  gateway.beforeAnswer = () => {
    gateway.breakConnections();
    return new Promise(() => {});
  };
  await expect(hub.event({ name: 'PageViewed' })).rejects.toMatchObject({
    code: 'disconnected',
    retryable: true,
  });
});

it('a hub repeats an idempotent call if the connection breaks before the response', async () => {
  open('token');
  await online();
  gateway.beforeAnswer = () => {
    gateway.beforeAnswer = undefined;
    gateway.breakConnections();
    return new Promise(() => {});
  };
  expect(await hub.track({ to: 'project:p1' })).toEqual({ trackers: [] });
  expect(gateway.calls).toHaveLength(2);
});

it('a hub delays a call until the connection is established', async () => {
  open('token');
  expect(await hub.track({ to: 'project:p1' })).toEqual({ trackers: [] });
  expect(gateway.calls).toEqual([{ event: 'track', payload: { to: 'project:p1' } }]);
});
