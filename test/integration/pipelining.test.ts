/** Pipelining: clients that send requests before the earlier responses (RFC 9112, 9.3.2). Few do, but attackers may. */
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Event, Page } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
const sockets: Socket[] = [];
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => hub.close());

/** Sends everything at once over one connection. Returns the connection and its responses. */
function send(text: string): { socket: Socket; received: () => string } {
  const { hostname, port } = new URL(hub.url);
  const socket = connect(Number(port), hostname, () => socket.write(text));
  sockets.push(socket);
  let received = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    received += more;
  });
  socket.on('error', () => undefined);
  return { socket, received: () => received };
}

const request = (line: string, token: string, body = '') =>
  [
    `${line} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${token}`,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body,
  ].join('\r\n');

test('all pipelined requests get responses in order, with and without bodies', async () => {
  const token = await tokenFor('ada');
  const event = (index: number) =>
    request('POST /v1/events', token, JSON.stringify({ name: `e${index}`, note: 'x'.repeat(200) }));
  const all = Array.from({ length: 60 }, (_, index) =>
    index % 2 === 0 ? request(`GET /nothing/${index}`, token) : event(index),
  );
  const { received } = send(all.join(''));
  const found = () => [...received().matchAll(/there is no GET \/nothing\/(\d+)|"name":"e(\d+)"/g)];
  await until(() => found().length === all.length, 'all responses');
  expect(found().map(([, path, name]) => Number(path ?? name))).toEqual(all.map((_, index) => index));
});

/** Without workers it gets no response for 30 s. */
const waiting = (token: string, actor: string) =>
  request('POST /v1/actions?wait=1', token, JSON.stringify({ actor, verb: 'said' }));

test('one pipelined request is processed at a time, and more than a hundred are too many', async () => {
  const token = await tokenFor('bob');
  const api = await hub.api('bob');
  const event = request('POST /v1/events', token, JSON.stringify({ name: 'opened' }));
  const { socket } = send(waiting(token, 'user:bob') + event.repeat(20));
  const { socket: greedy } = send(
    waiting(token, 'user:bob') + 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000),
  );
  await until(() => greedy.destroyed, 'the second is closed');
  for (let count = 0; count < 10; count += 1) {
    expect((await api.get<Page<Event>>('/v1/events?user=bob')).body.items).toEqual([]);
  }
  expect(socket.destroyed).toBe(false);
});

test('requests of closed connections are discarded', async () => {
  const token = await tokenFor('eve');
  const api = await hub.api('eve');
  const body = `{"wrong":[${'[1],'.repeat(90_000)}[1]]}`;
  const large = () => api.send('POST', '/v1/actions', body, { 'content-type': 'application/json' });
  expect((await large()).status).toBe(400);
  const { socket } = send(waiting(token, 'user:eve') + request('POST /v1/actions', token, body).repeat(15));
  // By then the gateway has read as much as it will read.
  for (let count = 0; count < 10; count += 1) await large();
  socket.destroy();
  await until(async () => (await large()).status === 400, 'capacity for a payload');
});
