/** The log record of created events: all fields, with the request, which is stored nowhere else. */
import { connect, eventNames } from '@hubbub/client';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Event } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { ApiResponse } from '../support/http.ts';
import { eventTransports, RecordedHub } from '../support/recorded-hub.ts';
import { type Claims, tokenFor } from '../support/tokens.ts';

let recordedHub: RecordedHub;
let user: string;
beforeAll(async () => {
  recordedHub = await RecordedHub.start();
});
beforeEach(() => {
  recordedHub.nextUser();
  user = recordedHub.user;
});
afterAll(() => recordedHub.close());

const stored = () => recordedHub.stored();
const records = () => recordedHub.records();

describe.each(eventTransports(() => recordedHub))('%s', (_door, { create, request }) => {
  test('the record has every field, and the request that came with it', async () => {
    const related = { type: 'project', id: 'p1', name: 'One' };
    const event = await create({ name: 'UserConsented', note: 'by mail', related });
    expect(records()).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        pid: process.pid,
        hostname: expect.any(String),
        name: 'hubbub.tracking.events',
        space: 'default',
        id: event.id,
        event: 'UserConsented',
        user,
        related,
        note: 'by mail',
        timestamp: event.timestamp,
        request: {
          ...request,
          address: '127.0.0.1',
        },
        msg: `UserConsented for ${user} about project:p1 @ ${request.path}`,
      },
    ]);
  });

  test('the request is never stored', async () => {
    const related = { type: 'project', id: 'p1' };
    const event = await create({ name: 'UserConsented', note: 'n', related });
    expect(await stored()).toEqual([
      {
        _id: event.id,
        user,
        name: 'UserConsented',
        timestamp: new Date(event.timestamp),
        note: 'n',
        related,
        relatedKey: 'project:p1',
      },
    ]);
  });
});

test('the SDK for pages creates events, with names of the preset ones or any other', async () => {
  const hub = connect(recordedHub.hub.url, { token: await tokenFor(user) });
  onTestFinished(() => hub.close());
  await hub.event({ name: eventNames.UserEmailVerified, related: 'study:sleep' });
  await hub.event({ name: 'LessonFinished', note: 'lesson 1' });
  await expect(hub.event({ name: '' })).rejects.toMatchObject({
    code: 'invalid_input',
    fields: [{ path: 'name' }],
  });
  expect(records()).toMatchObject([
    { event: 'UserEmailVerified', user, related: { type: 'study', id: 'sleep' } },
    { event: 'LessonFinished', user, note: 'lesson 1' },
  ]);
});

test("over a socket, the record names the client's agent as its handshake did", async () => {
  const raw = io(recordedHub.hub.url, {
    transports: ['websocket'],
    auth: { token: await tokenFor(user) },
    extraHeaders: { 'user-agent': 'Firefox/140' },
    forceNew: true,
  });
  onTestFinished(() => void raw.close());
  expect(await raw.emitWithAck('event', { name: 'x' })).toMatchObject({ ok: true });
  expect(records()).toMatchObject([{ request: { method: 'SOCKET', agent: 'Firefox/140' } }]);
});

test('over HTTP, the query is not part of the path that is recorded', async () => {
  const api = await recordedHub.hub.api(user);
  expect((await api.post('/v1/events?secret=1', { name: 'x' })).status).toBe(201);
  expect(records()).toMatchObject([{ request: { path: '/v1/events' } }]);
});

describe('a backend', () => {
  const facts = { method: 'GET', path: '/projects/7', address: '192.0.2.7', agent: 'Firefox/140' };
  const requestHeader = (value: unknown) => ({
    'hubbub-request': Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
      'base64url',
    ),
  });
  const sendRequest = async (
    value: unknown,
    claims: Claims = { scope: 'service' },
  ): Promise<ApiResponse<Event & Problem>> =>
    (await recordedHub.hub.api(user, claims)).post(
      '/v1/events',
      { name: 'PageViewed', user },
      requestHeader(value),
    );

  test('may describe the request of another client, only for the record', async () => {
    expect((await sendRequest(facts)).status).toBe(201);
    expect(records()).toMatchObject([{ request: facts, msg: `PageViewed for ${user} @ /projects/7` }]);
    expect(JSON.stringify(await stored())).not.toMatch(/Firefox|192\.0\.2\.7|projects/);
  });

  test('may omit unknown fields, but the rest must be valid', async () => {
    expect((await sendRequest({ ...facts, address: null, agent: null })).status).toBe(201);
    const bad = [
      '{',
      '7',
      { ...facts, method: '' },
      { ...facts, agent: 'x'.repeat(513) },
      { ...facts, cookie: 'c' },
    ];
    for (const value of bad) {
      const response = await sendRequest(value);
      expect(response).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
      expect(response.body.fields?.[0]?.path).toMatch(/^Hubbub-Request/);
    }
    expect(records()).toHaveLength(1);
  });

  test('is the only caller with this permission', async () => {
    expect(await sendRequest(facts, {})).toMatchObject({
      status: 403,
      body: { fields: [{ path: 'Hubbub-Request' }] },
    });
    expect(records()).toEqual([]);
  });
});
