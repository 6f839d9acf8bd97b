/** The resources that a connection may use before its token is checked. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Problem } from '../../protocol/errors.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { RawSession, rawConnection } from '../support/raw-socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const ADDRESS = 5;
const USER = 3;

let hub: TestHub;
beforeAll(async () => {
  const settings = {
    HUBBUB_MAX_CONNECTIONS_ADDRESS: String(ADDRESS),
    HUBBUB_MAX_CONNECTIONS_USER: String(USER),
  };
  hub = await TestHub.start({ workers: 0, settings });
});
afterAll(() => hub.close());

const connect = async (body: Record<string, unknown> = {}, user = 'ada') =>
  `40${JSON.stringify({ token: await tokenFor(user), ...body })}`;
const refusalIn = (packet: string) => JSON.parse(packet.slice(2)) as { data: unknown };

describe('a session without a checked token', () => {
  test.each<[string, string | Buffer]>([
    ['an anonymous frame of 1 MB', `4${'x'.repeat(1_000_000)}`],
    ['binary of 1 MB', Buffer.alloc(1_000_000)],
    ['a handshake that is larger than any token', `40{"token":"${'x'.repeat(70_000)}"}`],
    ['a handshake of another namespace', '40/admin,{"token":"x"}'],
    ['an event', '42["log",{}]'],
    ['attachments without an event', Buffer.from([1, 2, 3])],
    ['an event that announces more attachments than allowed', '4511-["log",{"_placeholder":true,"num":0}]'],
    ['an acknowledgement of nothing', '431[]'],
  ])('ends with %s', async (_what, frame) => {
    const session = await RawSession.open(hub.url);
    session.send(frame);
    await session.closed();
  });

  test('ends after too many small frames', async () => {
    const session = await RawSession.open(hub.url);
    const refused = await connect({ token: 'x'.repeat(10_000) });
    for (let sent = 0; sent < 20; sent += 1) session.send(refused);
    await session.closed();
  });

  test('ends with an unfinished frame after a part of it', async () => {
    const session = await RawSession.open(hub.url);
    const { webSocket } = session;
    for (let sent = 0; sent < 20; sent += 1) webSocket.send('x'.repeat(10_000), { fin: false });
    await session.closed();
  });

  test('ends without a handshake', async () => {
    const session = await RawSession.open(hub.url);
    await session.closed(20_000);
  });
});

describe('a handshake', () => {
  test('may contain unknown fields, which the hub ignores', async () => {
    const session = await RawSession.open(hub.url);
    session.send(await connect({ x: [{}] }));
    await session.waitForPacket('40');
  });

  test('may be repeated on the same connection after a refusal', async () => {
    const session = await RawSession.open(hub.url);
    session.send('40{"token":"nonsense"}');
    expect(refusalIn(await session.waitForPacket('44')).data).toMatchObject({ code: 'unauthenticated' });
    session.send(await connect());
    await session.waitForPacket('40');
  });

  test('creates one socket per connection, also if it is sent repeatedly', async () => {
    const session = await RawSession.open(hub.url);
    const handshake = await connect();
    for (let sent = 0; sent < 5; sent += 1) session.send(handshake);
    await session.closed();
    // One, if the token was checked before the next handshake arrived.
    expect(session.packets.filter((packet) => packet.startsWith('40')).length).toBeLessThanOrEqual(1);
  });
});

describe('connections of one user', () => {
  const user = 'cleo';

  test('are limited, until one ends', async () => {
    const sockets = await Promise.all(Array.from({ length: USER }, () => hub.socket(user)));
    const refusal = { code: 'limit_reached', retryable: false };
    await expect(hub.socket(user)).rejects.toMatchObject(refusal);
    // Other users are not affected, and services are not limited.
    await hub.socket('dan');
    for (let count = 0; count <= USER; count += 1) await hub.socket('program', { scope: 'service' });
    sockets[0]?.close();
    await until(() => hub.socket(user));
  });
});

describe('connections of one address without a checked token', () => {
  const unauthorized = () => new Api(hub.url, null).send<Problem>('GET', '/v1/events');

  test('are limited: another one needs a token with its first request', async () => {
    const idle = await Promise.all(Array.from({ length: ADDRESS }, () => rawConnection(hub.url)));
    await until(async () => (await unauthorized()).status === 409, 'the limit is reached');
    expect((await unauthorized()).body).toMatchObject({ code: 'limit_reached' });
    expect((await RawSession.open(hub.url)).status).toBe(409);
    const polling = await fetch(`${hub.url}/socket.io/?EIO=4&transport=polling`);
    expect([polling.status, await polling.json()]).toMatchObject([409, { code: 'limit_reached' }]);

    expect((await fetch(`${hub.url}/healthz`)).status).toBe(200);
    expect((await (await hub.api('ada')).get('/v1/users/ada/feed')).status).toBe(200);

    for (const socket of idle) socket.destroy();
    await until(async () => (await unauthorized()).status === 401, 'a connection is free again');
    await until(() => hub.socket('eve'));
  });

  test('do not count after a token was checked', async () => {
    const sockets = [];
    for (let count = 0; count < 2 * ADDRESS; count += 1) sockets.push(await hub.socket(`user-${count}`));
    expect((await unauthorized()).status).toBe(401);
    expect(sockets.every(({ raw }) => raw.connected)).toBe(true);
  });

  test('end without a request', { timeout: 30_000 }, async () => {
    const socket = await rawConnection(hub.url);
    let isClosed = false;
    socket.on('close', () => {
      isClosed = true;
    });
    socket.resume();
    socket.write('GET /healthz HTTP/1.1\r\n');
    await until(() => isClosed, 'the connection is closed', 20_000);
  });
});

test('behind a trusted proxy, addresses are from the proxy', async () => {
  const proxied = await TestHub.start({
    workers: 0,
    settings: { HUBBUB_MAX_CONNECTIONS_ADDRESS: '2', HUBBUB_TRUST_PROXY: '1' },
  });
  onTestFinished(() => proxied.close());
  const open = (address: string) =>
    fetch(`${proxied.url}/socket.io/?EIO=4&transport=polling`, { headers: { 'X-Forwarded-For': address } });
  for (let count = 0; count < 2; count += 1) expect((await open('192.0.2.1')).status).toBe(200);
  expect((await open('192.0.2.1')).status).toBe(409);
  expect((await open('198.51.100.7, 192.0.2.1')).status).toBe(409);
  expect((await open('192.0.2.2')).status).toBe(200);
});
