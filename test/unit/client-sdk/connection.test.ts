import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../client-sdk/src/connect.ts';
import { HubError } from '../../../client-sdk/src/error.ts';
import type { Hub } from '../../../client-sdk/src/hub.ts';
import { until } from '../../support/until.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;
let states: string[];

const online = () => reaches('online');
const reaches = (state: string) => until(() => hub.connection.getSnapshot() === state);

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

it('says how it goes: connecting, online, offline and back', async () => {
  open('token', 'de');
  await online();
  expect(gateway.handshakes).toEqual([{ token: 'token', locale: 'de' }]);
  gateway.breakConnections();
  await reaches('offline');
  await online();
  expect(states).toEqual(['connecting', 'online', 'offline', 'online']);
});

it('takes the way round where no WebSocket is let through', async () => {
  const narrow = await new FakeGateway({ transports: ['polling'] }).listen();
  onTestFinished(() => narrow.close());
  hub = connect(narrow.url, { token: 'token' });
  await online();
  expect(await hub.track({ to: 'project:p1' })).toEqual({ trackers: [] });
});

it('asks for a fresh token at every connection', async () => {
  let asked = 0;
  open(async () => `token-${++asked}`);
  await online();
  gateway.breakConnections();
  await reaches('offline');
  await online();
  expect(gateway.handshakes).toEqual([{ token: 'token-1' }, { token: 'token-2' }]);
});

it('comes back with a fresh token when the old one ran out', async () => {
  let asked = 0;
  open(async () => `token-${++asked}`);
  await online();
  gateway.expire();
  await until(() => gateway.handshakes.length === 2);
  await online();
  expect(states).toEqual(['connecting', 'online', 'expired', 'connecting', 'online']);
});

it('stays expired when there is no other token', async () => {
  open('token');
  await online();
  gateway.refused.add('token');
  gateway.expire();
  await reaches('expired');
  hub.close();
  expect(gateway.handshakes).toHaveLength(1);
});

it('tries a refused token function again', async () => {
  let asked = 0;
  gateway.refused.add('token-1');
  open(async () => `token-${++asked}`);
  await online();
  expect(states).toEqual(['connecting', 'expired', 'connecting', 'online']);
});

it('tries again when no token can be had', async () => {
  let asked = 0;
  open(async () => {
    asked += 1;
    if (asked === 1) throw new Error('the token service is away');
    return 'token';
  });
  await online();
  expect(states).toEqual(['connecting', 'offline', 'online']);
});

it('rejects a call with the code, whether to try again, and the bad fields', async () => {
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

it('rejects a call whose connection breaks before the answer', async () => {
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

it('repeats a call that does no harm twice where the connection breaks before the answer', async () => {
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

it('holds back a call until the connection is there', async () => {
  open('token');
  expect(await hub.track({ to: 'project:p1' })).toEqual({ trackers: [] });
  expect(gateway.calls).toEqual([{ event: 'track', payload: { to: 'project:p1' } }]);
});
