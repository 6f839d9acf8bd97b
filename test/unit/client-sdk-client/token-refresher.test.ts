import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectWith } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import type { Token } from '../../../client-sdk/client/src/options.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeEnvironment } from './fake-environment.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let environment: FakeEnvironment;
let hub: Hub;
let states: string[];

/** A token with these claims. */
function token(claims: object): string {
  return `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}
/** Returns a new token on each call, valid for an hour by the hub's clock. */
function hourlyTokens(): () => Promise<string> {
  let issuedCount = 0;
  return async () => {
    issuedCount += 1;
    const iat = 1_000_000 + issuedCount;
    return token({ iat, exp: iat + 3_600, name: 'Åsa', number: issuedCount });
  };
}
const renewed = (times: number) =>
  until(() => gateway.calls.filter(({ event }) => event === 'auth').length === times);
const online = () => until(() => hub.connection.getSnapshot() === 'online');
const seconds = (count: number) => count * 1_000;

async function open(tokenOption: Token): Promise<void> {
  hub = connectWith(environment, gateway.url, { token: tokenOption });
  states = [];
  hub.connection.subscribe(() => states.push(hub.connection.getSnapshot()));
  await online();
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  environment = new FakeEnvironment();
  environment.clock = 1_000_000_000;
});

afterEach(async () => {
  hub.close();
  expect(environment.isIdle).toBe(true);
  await gateway.close();
});

it('a hub sends a fresh token before the old one expires, without disconnecting', async () => {
  await open(hourlyTokens());
  // 90 seconds before the end, without jitter.
  expect(environment.waits).toEqual([seconds(3_600 - 90)]);
  environment.advance(seconds(3_600 - 90));
  await renewed(1);
  const { payload } = gateway.calls[0] ?? {};
  expect(payload).toEqual({ token: token({ iat: 1_000_002, exp: 1_003_602, name: 'Åsa', number: 2 }) });
  await until(() => environment.waits.length === 1);
  environment.advance(seconds(3_600));
  await renewed(2);
  expect(gateway.handshakes).toHaveLength(1);
  expect(states).toEqual(['online']);
});

it.each([
  ['behind', -86_400],
  ['ahead', 86_400],
])('a hub sends a fresh token in time even if the clock is a day %s', async (_, wrong) => {
  environment.clock += seconds(wrong);
  await open(hourlyTokens());
  expect(environment.waits).toEqual([seconds(3_600 - 90)]);
});

it('a token that was issued a while ago is refreshed sooner', async () => {
  const old = token({ iat: 1_000_000 - 3_000, exp: 1_000_000 + 600 });
  await open(async () => old);
  expect(environment.waits).toEqual([seconds(600 - 90)]);
});

it('the time of a refresh has jitter', async () => {
  environment.chance = 0;
  await open(hourlyTokens());
  expect(environment.waits).toEqual([seconds(3_600 - 60)]);
});

it('a short-lived token is refreshed in time', async () => {
  await open(async () => token({ iat: 1_000_000, exp: 1_000_040 }));
  expect(environment.waits).toEqual([seconds(40 - 15)]);
});

it('a hub does not request tokens in a loop if they are no fresher', async () => {
  await open(async () => token({ iat: 1_000_000 - 3_600, exp: 1_000_004 }));
  const waits: number[] = [];
  for (let times = 1; times <= 3; times += 1) {
    await until(() => environment.waits.length === 1);
    waits.push(...environment.waits);
    environment.advance(environment.waits[0] ?? 0);
    await renewed(times);
  }
  expect(waits).toEqual([2_500, 1_000, 1_000]);
});

it('a failed refresh is retried with a growing delay, and later ones follow', async () => {
  const tokens = hourlyTokens();
  await open(tokens);
  for (const wait of [1_000, 2_000, 4_000]) {
    gateway.errors.set('auth', { code: 'unavailable', message: 'no keys', retryable: true });
    environment.advance(environment.waits[0] ?? 0);
    await until(() => environment.waits.length === 1);
    expect(environment.waits).toEqual([wait]);
  }
  environment.advance(4_000);
  await renewed(4);
  await until(() => (environment.waits[0] ?? 0) > 4_000);
  expect(states).toEqual(['online']);
});

describe('a token of another user or space', () => {
  const tokenOf = (sub: string, space?: string) => token({ sub, space, iat: 1_000_000, exp: 1_003_600 });

  it('is not sent over the connection', async () => {
    let user = 'ada';
    await open(async () => tokenOf(user));
    user = 'bob';
    environment.advance(environment.waits[0] ?? 0);
    await until(() => environment.waits.length === 1);
    expect(gateway.calls).toEqual([]);
    expect(hub.connection.getSnapshot()).toBe('online');
    user = 'ada';
    environment.advance(environment.waits[0] ?? 0);
    await renewed(1);
  });

  it.each([
    ['user', 'bob', undefined],
    ['space', 'ada', 'other'],
  ])('is not used for a new connection: another %s', async (_, sub, space) => {
    gateway.feed.put(item('a'));
    let holder = tokenOf('ada');
    await open(async () => holder);
    hub.feed.subscribe(() => {});
    await until(() => hub.feed.getSnapshot().items.length === 1);
    holder = tokenOf(sub, space);
    gateway.expire();
    await until(() => hub.connection.getSnapshot() === 'expired');
    environment.advance(environment.waits[0] ?? 0);
    await until(() => states.length === 3);
    expect(states).toEqual(['online', 'expired', 'connecting']);
    await until(() => hub.connection.getSnapshot() === 'expired');
    expect(gateway.handshakes).toHaveLength(1);
    holder = tokenOf('ada', 'default');
    await until(() => environment.waits.length === 1);
    environment.advance(environment.waits[0] ?? 0);
    await online();
    expect(hub.feed.getSnapshot().items).toHaveLength(1);
  });
});

it('a token that arrives too late is ignored', async () => {
  const pendingTokens: Array<(token: string) => void> = [];
  hub = connectWith(environment, gateway.url, {
    token: () => new Promise((resolve) => pendingTokens.push(resolve)),
  });
  states = [];
  hub.connection.subscribe(() => states.push(hub.connection.getSnapshot()));
  await until(() => pendingTokens.length === 1);
  await gateway.stop();
  await until(() => environment.waits.length === 1);
  await gateway.listen();
  environment.advance(environment.waits[0] ?? 0);
  pendingTokens[0]?.('late');
  await until(() => pendingTokens.length === 2);
  pendingTokens[1]?.('in time');
  await online();
  expect(gateway.handshakes).toEqual([{ token: 'in time' }]);
  expect(states).toEqual(['offline', 'online']);
});

describe('a hub refreshes no token', () => {
  it('if there is no other token', async () => {
    await open(await hourlyTokens()());
    expect(environment.waits).toEqual([]);
  });

  it.each(['opaque', 'a.b.c', token({ sub: 'ada' }), `x.${Buffer.from('null').toString('base64url')}.y`])(
    'if the token has no expiry: %s',
    async (opaque) => {
      await open(async () => opaque);
      expect(environment.waits).toEqual([]);
    },
  );

  it('while there is no connection', async () => {
    await open(hourlyTokens());
    gateway.breakConnections();
    await until(() => states.includes('offline'));
    // Only the wait for the next attempt remains.
    expect(environment.waits).toEqual([500]);
  });
});

it('a refreshed token without an expiry gets the one from the hub’s response', async () => {
  let tokenRequests = 0;
  await open(async () => {
    tokenRequests += 1;
    return tokenRequests === 1 ? token({ iat: 1_000_000, exp: 1_000_060 }) : 'opaque';
  });
  gateway.expiresAt = new Date(environment.clock + seconds(1_000)).toISOString();
  environment.advance(environment.waits[0] ?? 0);
  await renewed(1);
  await until(() => environment.waits.length === 1);
  const left = 1_000 - (60 - 22.5);
  expect(environment.waits).toEqual([seconds(left - 90)]);
});
