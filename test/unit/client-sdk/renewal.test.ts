import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectIn } from '../../../client-sdk/src/connect.ts';
import type { Hub } from '../../../client-sdk/src/hub.ts';
import type { Token } from '../../../client-sdk/src/options.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';
import { FakeSurroundings } from './fake-surroundings.ts';

let gateway: FakeGateway;
let around: FakeSurroundings;
let hub: Hub;
let states: string[];

/** A token that tells this of itself. */
function token(claims: object): string {
  return `header.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}
/** Tokens of an hour each, made when they are asked for, by the hub's clock. */
function hourly(): () => Promise<string> {
  let made = 0;
  return async () => {
    made += 1;
    const iat = 1_000_000 + made;
    return token({ iat, exp: iat + 3_600, name: 'Åsa', number: made });
  };
}
const renewed = (times: number) =>
  until(() => gateway.calls.filter(({ event }) => event === 'auth').length === times);
const online = () => until(() => hub.connection.getSnapshot() === 'online');
const seconds = (count: number) => count * 1_000;

async function open(given: Token): Promise<void> {
  hub = connectIn(around, gateway.url, { token: given });
  states = [];
  hub.connection.subscribe(() => states.push(hub.connection.getSnapshot()));
  await online();
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  around = new FakeSurroundings();
  around.clock = 1_000_000_000;
});

afterEach(async () => {
  hub.close();
  expect(around.isQuiet).toBe(true);
  await gateway.close();
});

it('sends a fresh token before the old one runs out, without leaving', async () => {
  await open(hourly());
  // Of the last minute and a half, where chance is in the middle.
  expect(around.waits).toEqual([seconds(3_600 - 90)]);
  around.advance(seconds(3_600 - 90));
  await renewed(1);
  const { payload } = gateway.calls[0] ?? {};
  expect(payload).toEqual({ token: token({ iat: 1_000_002, exp: 1_003_602, name: 'Åsa', number: 2 }) });
  await until(() => around.waits.length === 1);
  around.advance(seconds(3_600));
  await renewed(2);
  expect(gateway.handshakes).toHaveLength(1);
  expect(states).toEqual(['online']);
});

it.each([
  ['behind', -86_400],
  ['ahead', 86_400],
])('does so whatever the clock shows: a day %s', async (_, wrong) => {
  around.clock += seconds(wrong);
  await open(hourly());
  expect(around.waits).toEqual([seconds(3_600 - 90)]);
});

it('of a token that was made a while ago, sooner', async () => {
  const old = token({ iat: 1_000_000 - 3_000, exp: 1_000_000 + 600 });
  await open(async () => old);
  expect(around.waits).toEqual([seconds(600 - 90)]);
});

it('spreads it', async () => {
  around.chance = 0;
  await open(hourly());
  expect(around.waits).toEqual([seconds(3_600 - 60)]);
});

it('of a short life leaves a part of it', async () => {
  await open(async () => token({ iat: 1_000_000, exp: 1_000_040 }));
  expect(around.waits).toEqual([seconds(40 - 15)]);
});

it('does not ask without end for a token that is no fresher', async () => {
  await open(async () => token({ iat: 1_000_000 - 3_600, exp: 1_000_004 }));
  const waits: number[] = [];
  for (let times = 1; times <= 3; times += 1) {
    await until(() => around.waits.length === 1);
    waits.push(...around.waits);
    around.advance(around.waits[0] ?? 0);
    await renewed(times);
  }
  expect(waits).toEqual([2_500, 1_000, 1_000]);
});

it('tries again later and later where it fails, and then goes on', async () => {
  const tokens = hourly();
  await open(tokens);
  for (const wait of [1_000, 2_000, 4_000]) {
    gateway.errors.set('auth', { code: 'unavailable', message: 'no keys', retryable: true });
    around.advance(around.waits[0] ?? 0);
    await until(() => around.waits.length === 1);
    expect(around.waits).toEqual([wait]);
  }
  around.advance(4_000);
  await renewed(4);
  await until(() => (around.waits[0] ?? 0) > 4_000);
  expect(states).toEqual(['online']);
});

describe('a token of somebody else', () => {
  const tokenOf = (sub: string, space?: string) => token({ sub, space, iat: 1_000_000, exp: 1_003_600 });

  it('is not sent over the connection', async () => {
    let user = 'ada';
    await open(async () => tokenOf(user));
    user = 'bob';
    around.advance(around.waits[0] ?? 0);
    await until(() => around.waits.length === 1);
    expect(gateway.calls).toEqual([]);
    expect(hub.connection.getSnapshot()).toBe('online');
    user = 'ada';
    around.advance(around.waits[0] ?? 0);
    await renewed(1);
  });

  it.each([
    ['user', 'bob', undefined],
    ['space', 'ada', 'other'],
  ])('is not connected with: another %s', async (_, sub, space) => {
    gateway.feed.put(item('a'));
    let holder = tokenOf('ada');
    await open(async () => holder);
    hub.feed.subscribe(() => {});
    await until(() => hub.feed.getSnapshot().items.length === 1);
    holder = tokenOf(sub, space);
    gateway.expire();
    await until(() => hub.connection.getSnapshot() === 'expired');
    around.advance(around.waits[0] ?? 0);
    await until(() => states.length === 3);
    expect(states).toEqual(['online', 'expired', 'connecting']);
    await until(() => hub.connection.getSnapshot() === 'expired');
    expect(gateway.handshakes).toHaveLength(1);
    holder = tokenOf('ada', 'default');
    await until(() => around.waits.length === 1);
    around.advance(around.waits[0] ?? 0);
    await online();
    expect(hub.feed.getSnapshot().items).toHaveLength(1);
  });
});

it('is not mixed up by a token that comes too late', async () => {
  const given: Array<(token: string) => void> = [];
  hub = connectIn(around, gateway.url, { token: () => new Promise((resolve) => given.push(resolve)) });
  states = [];
  hub.connection.subscribe(() => states.push(hub.connection.getSnapshot()));
  await until(() => given.length === 1);
  await gateway.stop();
  await until(() => around.waits.length === 1);
  await gateway.listen();
  around.advance(around.waits[0] ?? 0);
  given[0]?.('late');
  await until(() => given.length === 2);
  given[1]?.('in time');
  await online();
  expect(gateway.handshakes).toEqual([{ token: 'in time' }]);
  expect(states).toEqual(['offline', 'online']);
});

describe('does nothing', () => {
  it('where there is no other token', async () => {
    await open(await hourly()());
    expect(around.waits).toEqual([]);
  });

  it.each(['opaque', 'a.b.c', token({ sub: 'ada' }), `x.${Buffer.from('null').toString('base64url')}.y`])(
    'where the token does not say when it ends: %s',
    async (opaque) => {
      await open(async () => opaque);
      expect(around.waits).toEqual([]);
    },
  );

  it('while there is no connection', async () => {
    await open(hourly());
    gateway.breakConnections();
    await until(() => states.includes('offline'));
    // What is left is the wait for the next attempt.
    expect(around.waits).toEqual([500]);
  });
});

it('goes by what the hub answers where a renewed token does not say', async () => {
  let asked = 0;
  await open(async () => {
    asked += 1;
    return asked === 1 ? token({ iat: 1_000_000, exp: 1_000_060 }) : 'opaque';
  });
  gateway.expiresAt = new Date(around.clock + seconds(1_000)).toISOString();
  around.advance(around.waits[0] ?? 0);
  await renewed(1);
  await until(() => around.waits.length === 1);
  const left = 1_000 - (60 - 22.5);
  expect(around.waits).toEqual([seconds(left - 90)]);
});
