/** Invalid actions: every transport reports the path of the field, and nothing is stored. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, LogAnswer } from '../../protocol/entities.ts';
import type { ErrorBody, Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';
import { emptyCounts, storedCountsOf } from '../support/stored-counts.ts';

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  api = await hub.service();
});
afterAll(() => hub.close());

const good = { actor: 'user:ada', verb: 'did' };
const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();

/** The errors of each transport for a bad action: alone, and as the fourth of a batch. */
async function overEveryTransport(socket: TestSocket, bad: Record<string, unknown>) {
  const list = [good, good, good, bad];
  const single = await api.post<Problem>('/v1/actions', bad);
  const batched = await api.post<Problem>('/v1/actions', { actions: list });
  expect([single.status, batched.status]).toEqual([400, 400]);
  expect(single.headers.get('content-type')).toContain('application/problem+json');
  const errorOf = async (payload: unknown): Promise<ErrorBody> => {
    const response = await socket.request<LogAnswer>('log', payload);
    if (response.ok) throw new Error('it was accepted');
    return response.error;
  };
  return { single: [single.body, await errorOf(bad)], batched: [batched.body, await errorOf(list)] };
}

const pathsOf = (error: ErrorBody | Problem) => error.fields?.map((field) => field.path);

describe.each<[string, Record<string, unknown>, string]>([
  ['no actor', { actor: undefined }, 'actor'],
  ['an actor that is a number', { actor: 5 }, 'actor'],
  ['an actor that is a class ref', { actor: 'user' }, 'actor'],
  ['an actor without an id', { actor: { type: 'user' } }, 'actor.id'],
  ['an actor with an empty id', { actor: { type: 'user', id: '' } }, 'actor.id'],
  ['an actor with an empty id as text', { actor: 'user:' }, 'actor'],
  ['an actor without a type as text', { actor: ':ada' }, 'actor'],
  ['an upper case type', { actor: { type: 'User', id: 'ada' } }, 'actor.type'],
  ['a type that begins with a digit', { actor: { type: '1user', id: 'ada' } }, 'actor.type'],
  ['a type of 65 characters', { actor: { type: 'u'.repeat(65), id: 'ada' } }, 'actor.type'],
  ['an id of 256 characters', { actor: { type: 'user', id: 'a'.repeat(256) } }, 'actor.id'],
  ['an id with a control character', { actor: { type: 'user', id: 'a\u0007b' } }, 'actor.id'],
  ['an id with half a surrogate pair', { actor: { type: 'user', id: 'a\ud800' } }, 'actor.id'],
  ['an undeclared field in a ref', { actor: { type: 'user', id: 'ada', color: 'red' } }, 'actor.color'],
  ['a name that is no text', { actor: { type: 'user', id: 'ada', name: 5 } }, 'actor.name'],
  ['no verb', { verb: undefined }, 'verb'],
  ['an empty verb', { verb: '' }, 'verb'],
  ['a verb that is a number', { verb: 5 }, 'verb'],
  ['a verb of 256 characters', { verb: 'v'.repeat(256) }, 'verb'],
  ['a verb with a line break', { verb: 'a\nb' }, 'verb'],
  ['a verb with half a surrogate pair', { verb: '\udc00' }, 'verb'],
  ['a class ref as target', { targets: 'project' }, 'targets'],
  ['a class ref among targets', { targets: ['project:p1', 'project'] }, 'targets[1]'],
  ['a class ref in object form among targets', { targets: [{ type: 'project' }] }, 'targets[0].id'],
  ['an empty id among targets', { targets: [{ type: 'project', id: '' }] }, 'targets[0].id'],
  ['a bad single target', { targets: { type: 'project', id: 7 } }, 'targets.id'],
  ['null for targets', { targets: null }, 'targets'],
  ['lists in the list of targets', { targets: [['project:p1']] }, 'targets[0]'],
  ['501 targets', { targets: Array.from({ length: 501 }, (_, n) => `project:${n}`) }, 'targets'],
  ['a class ref as related', { related: 'project' }, 'related'],
  ['a bad type among related', { related: ['a:b', { type: 'A', id: 'b' }] }, 'related[1].type'],
  ['501 related', { related: Array.from({ length: 501 }, (_, n) => `project:${n}`) }, 'related'],
  ['a negative level', { level: -1 }, 'level'],
  ['a broken level', { level: 1.5 }, 'level'],
  ['an unknown name of a level', { level: 'LOUD' }, 'level'],
  ['an inherited name of a level', { level: 'constructor' }, 'level'],
  ['null for the level', { level: null }, 'level'],
  ['a timestamp that is no time', { timestamp: 'yesterday' }, 'timestamp'],
  ['a timestamp that is a number', { timestamp: 1_700_000_000_000 }, 'timestamp'],
  ['a day that does not exist', { timestamp: '2026-02-30T00:00:00Z' }, 'timestamp'],
  ['a timestamp without a zone', { timestamp: '2026-02-03T00:00:00' }, 'timestamp'],
  ['a time before the year 0', { timestamp: '0000-01-01T00:00:00+23:59' }, 'timestamp'],
  ['a time after the year 9999', { timestamp: '9999-12-31T23:59:59-23:59' }, 'timestamp'],
  ['a timestamp six minutes ahead', { timestamp: minutes(6) }, 'timestamp'],
  ['a grouping delay below -1', { groupingDelay: -2 }, 'groupingDelay'],
  ['half a second of grouping delay', { groupingDelay: 0.5 }, 'groupingDelay'],
  ['a grouping delay as text', { groupingDelay: '60' }, 'groupingDelay'],
  ['notify that is no list', { notify: 'ada' }, 'notify'],
  ['a user to notify without a name', { notify: ['ada', ''] }, 'notify[1]'],
  [
    'a user to notify that is a ref of something else',
    { notify: [{ type: 'project', id: 'ada' }] },
    'notify[0]',
  ],
  ['1,001 users to notify', { notify: Array.from({ length: 1001 }, (_, n) => `u${n}`) }, 'notify'],
  ['an empty key', { key: '' }, 'key'],
  ['a key of 129 characters', { key: 'k'.repeat(129) }, 'key'],
  ['a key that is a number', { key: 5 }, 'key'],
  ['data that is text', { data: 'text' }, 'data'],
  ['data that is a list', { data: [1] }, 'data'],
  ['null for data', { data: null }, 'data'],
])('an action with %s', (_what, fault, path) => {
  test(`is refused at ${path}`, async () => {
    const socket = await hub.socket('backend', { scope: 'service' });
    const { single, batched } = await overEveryTransport(socket, { ...good, ...fault });
    for (const error of [...single, ...batched]) expect(error.code).toBe('invalid_input');
    for (const error of single) expect(pathsOf(error)).toEqual([path]);
    for (const error of batched) expect(pathsOf(error)).toEqual([`actions[3].${path}`]);
    for (const error of single) expect(error.fields?.[0]?.message).not.toMatch(/^Invalid|expected/);
    expect(await storedCountsOf(hub)).toEqual(emptyCounts);
  });
});

describe('a payload that is no action', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['a text', 'did'],
  ])('is refused over the socket: %s', async (_what, payload) => {
    const socket = await hub.socket('backend', { scope: 'service' });
    expect(await socket.request('log', payload)).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    });
    expect(await storedCountsOf(hub)).toEqual(emptyCounts);
  });

  test('is refused over HTTP if it is a list, because a batch is an object', async () => {
    expect(await api.post('/v1/actions', [good])).toMatchObject({ status: 400 });
  });

  test('has all its errors reported together', async () => {
    const response = await api.post<Problem>('/v1/actions', { actor: 5, verb: '', level: -1 });
    expect(pathsOf(response.body)).toEqual(['actor', 'verb', 'level']);
  });
});

describe('a batch', () => {
  test.each([
    ['none', 0],
    ['501', 501],
  ])('of %s is refused', async (_what, count) => {
    const list = Array.from({ length: count }, () => good);
    const socket = await hub.socket('backend', { scope: 'service' });
    const http = await api.post<Problem>('/v1/actions', { actions: list });
    expect(http).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', fields: [{ path: 'actions' }] },
    });
    expect(await socket.request('log', list)).toMatchObject({
      ok: false,
      error: { fields: [{ path: 'actions' }] },
    });
    expect(await storedCountsOf(hub)).toEqual(emptyCounts);
  });

  test('with undeclared fields is refused', async () => {
    const response = await api.post<Problem>('/v1/actions', { actions: [good], color: 'red' });
    expect(response).toMatchObject({ status: 400, body: { fields: [{ path: 'color' }] } });
  });

  test('that is no list is refused', async () => {
    const response = await api.post<Problem>('/v1/actions', { actions: good });
    expect(response).toMatchObject({ status: 400, body: { fields: [{ path: 'actions' }] } });
  });
});

describe('at the limits', () => {
  const accepted = async (input: Record<string, unknown>): Promise<Action> => {
    const response = await api.post<LogAnswer>('/v1/actions?wait=1', { ...good, ...input });
    const [result] = response.body.results ?? [];
    if (response.status !== 200 || !result) throw new Error(`refused: ${JSON.stringify(response.body)}`);
    return result.action;
  };

  test.each([
    ['255 letters', 'v'.repeat(255)],
    ['255 emoji', '🎉'.repeat(255)],
    ['text of several scripts', 'hat Größe « 漢字 » العربية e\u0301'],
  ])('a verb of %s is returned unchanged', async (_what, verb) => {
    expect((await accepted({ verb })).verb).toBe(verb);
  });

  test('both forms of refs are returned as objects, split at the first colon', async () => {
    const shown = { type: 'project', id: 'p2', name: 'Größe', url: 'https://x.test/p2', image: '/p2.png' };
    const action = await accepted({ targets: 'project:a:b:c', related: [shown, 'issue:7'] });
    expect(action.targets).toEqual([{ type: 'project', id: 'a:b:c' }]);
    expect(action.related).toEqual([shown, { type: 'issue', id: '7' }]);
  });

  test('a repeated object is in the set once', async () => {
    const action = await accepted({
      targets: ['project:p1', { type: 'project', id: 'p1', name: 'P' }, 'project:p2'],
    });
    expect(action.targets).toEqual([
      { type: 'project', id: 'p1', name: 'P' },
      { type: 'project', id: 'p2' },
    ]);
  });

  test('500 targets, 255 characters of id and 64 of type are accepted', async () => {
    const targets = Array.from({ length: 500 }, (_, n) => ({ type: 'p', id: String(n) }));
    const related = { type: 't'.repeat(64), id: '漢'.repeat(255) };
    expect(await accepted({ targets, related })).toMatchObject({ targets, related: [related] });
  });

  test('levels by name and by number, a timestamp four minutes ahead and no actor are accepted', async () => {
    const timestamp = minutes(4);
    expect(await accepted({ level: 'WARNING', timestamp, actor: null })).toMatchObject({
      level: 40,
      timestamp,
      updatedAt: timestamp,
      actor: null,
    });
    expect(await accepted({ level: 35 })).toMatchObject({ level: 35 });
    expect(await accepted({ timestamp: '2026-01-01T12:00:00+02:00' })).toMatchObject({
      timestamp: '2026-01-01T10:00:00.000Z',
    });
  });

  test('500 actions return 500 ids in order', async () => {
    const actions = Array.from({ length: 500 }, (_, number) => ({ ...good, groupingDelay: -1, number }));
    const { status, body } = await api.post<LogAnswer>('/v1/actions?wait=1', { actions });
    expect(status).toBe(200);
    expect(body.results?.map(({ id, action }) => [id, action.data.number])).toEqual(
      body.ids.map((id, number) => [id, number]),
    );
    expect([...body.ids].sort()).toEqual(body.ids);
    expect(new Set(body.ids).size).toBe(500);
  });
});
