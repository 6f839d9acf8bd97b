/** Permissions of users without the service scope (docs/security.md). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, FeedItem, LogAnswer, Page, TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { Claims } from '../support/tokens.ts';

let hub: TestHub;
let service: Api;
let tests = 0;
let user = '';
beforeAll(async () => {
  hub = await TestHub.start({
    settings: { HUBBUB_LINK_ORIGINS: 'https://app.example.com' },
    hub: { handlers: [{ verb: 'moved', level: 'WARNING', groupingDelay: 60 }] },
  });
  service = await hub.service();
});
afterAll(() => hub.close());

const person = () => {
  tests += 1;
  user = `u${tests}`;
  return user;
};
const evil = 'https://evil.example/x';
const fine = 'https://app.example.com/p1';

/** The error of a bad action, over HTTP in a batch and over a socket alone. Nothing may be stored. */
async function errorsOf(bad: Record<string, unknown>, claims: Claims = {}): Promise<(string | undefined)[]> {
  const good = { actor: `user:${user}`, verb: 'did' };
  const api = await hub.api(user, claims);
  const among = await api.post<Problem>('/v1/actions', { actions: [good, { ...good, ...bad }] });
  const socket = await hub.socket(user, claims);
  const alone = await socket.request('log', { ...good, ...bad });
  expect([among.status, among.body.code]).toEqual([403, 'forbidden']);
  expect(alone).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  const { body } = await service.get<Page<Action>>(`/v1/actions?actor=user:${user}`);
  expect(body.items).toEqual([]);
  return [among.body.fields?.[0]?.path, alone.ok ? undefined : alone.error.fields?.[0]?.path];
}

async function logged(input: Record<string, unknown>, claims: Claims = {}): Promise<Action> {
  const api = await hub.api(user, claims);
  const response = await api.post<LogAnswer>('/v1/actions?wait=1', {
    actor: `user:${user}`,
    verb: 'did',
    ...input,
  });
  const [result] = response.body.results ?? [];
  if (!result) throw new Error(`refused: ${JSON.stringify(response.body)}`);
  return result.action;
}

const ref = (changes: object) => ({ type: 'project', id: 'p1', ...changes });

describe('a user may not', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['raise the level', { level: 31 }, 'level'],
    ['raise the level by its name', { level: 'ERROR' }, 'level'],
    ["raise the level above its verb's", { verb: 'moved', level: 'ERROR' }, 'level'],
    ['reach into what was logged before', { groupingDelay: 1 }, 'groupingDelay'],
    ["reach further back than its verb's", { verb: 'moved', groupingDelay: 61 }, 'groupingDelay'],
    ['set buttons', { buttons: [{ id: 'a', label: 'A' }] }, 'buttons'],
    ['set buttons in data', { data: { buttons: {} } }, 'data.buttons'],
    ['lead elsewhere', { url: evil }, 'url'],
    ['lead elsewhere through data', { url: '/here', data: { url: '//evil.example' } }, 'data.url'],
    ['lead to what is no address through data', { data: { url: { href: evil } } }, 'data.url'],
    [
      'link a target to another site',
      { targets: [ref({ url: fine }), { type: 'a', id: '1', url: evil }] },
      'targets[1].url',
    ],
    ['track others by an image', { targets: ref({ image: evil }) }, 'targets[0].image'],
    ['link a related object elsewhere', { related: [ref({ url: '/\\evil.example' })] }, 'related[0].url'],
    ['run a script', { related: [ref({ url: 'javascript:alert(1)' })] }, 'related[0].url'],
  ])('%s', async (_what, bad, path) => {
    person();
    expect(await errorsOf(bad)).toEqual([`actions[1].${path}`, path]);
  });

  test.each<[string, object, Claims, string]>([
    ['give itself a name', { name: 'Administrator' }, {}, 'actor.name'],
    ['give itself another name', { name: 'Administrator' }, { name: 'Ada' }, 'actor.name'],
    ['give itself a picture', { image: '/me.png' }, {}, 'actor.image'],
    ['give itself another picture', { image: evil }, { picture: fine }, 'actor.image'],
    ['link itself elsewhere', { url: evil }, { name: 'Ada' }, 'actor.url'],
  ])('%s', async (_what, changes, claims, path) => {
    const actor = { type: 'user', id: person(), ...changes };
    expect(await errorsOf({ actor }, claims)).toEqual([`actions[1].${path}`, path]);
  });
});

describe('a user may', () => {
  test('use lower values than its verb', async () => {
    person();
    const input = { verb: 'moved', level: 0, groupingDelay: -1, targets: 'project:a' };
    expect(await logged(input)).toMatchObject({ level: 0 });
    expect(
      await logged({ verb: 'moved', level: 'WARNING', groupingDelay: 60, targets: 'project:b' }),
    ).toMatchObject({
      level: 40,
    });
  });

  test('link within the application, and name other objects', async () => {
    person();
    const targets = [ref({ name: 'Website', url: fine, image: '/p1.png' })];
    const action = await logged({ targets, url: '#p1', buttons: [], body: 'text' });
    expect(action).toMatchObject({ targets, url: '#p1', body: 'text', buttons: [], data: {} });
  });

  test('appear with the name and the picture of its token', async () => {
    const displayed = { type: 'user', id: person(), name: 'Ada', image: 'https://pictures.example/ada.png' };
    const claims = { name: 'Ada', picture: displayed.image };
    expect((await logged({ groupingDelay: -1 }, claims)).actor).toEqual(displayed);
    expect((await logged({ actor: displayed, groupingDelay: -1 }, claims)).actor).toEqual(displayed);
    expect((await logged({ groupingDelay: -1 })).actor).toEqual({ type: 'user', id: user });
  });

  test('be renamed: an earlier key stays valid', async () => {
    person();
    const first = await logged({ key: 'k' }, { name: 'Ada' });
    expect(await logged({ key: 'k' }, { name: 'Ada Lovelace' })).toEqual(first);
  });

  test('not be overridden by the token with the service scope', async () => {
    const actor = { type: 'user', id: person(), name: 'Administrator', image: evil };
    const input = { actor, targets: [ref({ url: evil })], level: 'ERROR', groupingDelay: 999, url: evil };
    const response = await service.post<LogAnswer>('/v1/actions?wait=1', { verb: 'did', ...input });
    expect(response.body.results?.[0]?.action).toMatchObject({ actor, level: 50, targets: input.targets });
  });
});

test('a user cannot raise a service’s old action, nor make it unread for its followers again', async () => {
  const reader = await hub.api(`${person()}-reader`);
  const actor = `user:${user}`;
  await reader.post(`/v1/users/${user}-reader/track?wait=1`, { to: actor });
  const old = { actor, verb: 'did', targets: ref({}), timestamp: new Date(Date.now() - 864e5).toISOString() };
  const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', old);
  const feed = async () => (await reader.get<Page<FeedItem>>(`/v1/users/${user}-reader/feed`)).body.items;
  await reader.post(`/v1/users/${user}-reader/feed/read`, { all: true });
  const before = await feed();
  expect(before).toMatchObject([{ unread: false, action: { id: body.ids[0] } }]);

  const mallory = await hub.api(user);
  const input = { actor, verb: 'did', targets: ref({ name: 'Sign in again', url: '/phish' }) };
  for (const more of [
    { groupingDelay: 31_622_400 },
    { level: 'ERROR' },
    { level: 50, groupingDelay: 31_622_400 },
  ]) {
    expect((await mallory.post('/v1/actions?wait=1', { ...input, ...more })).status).toBe(403);
  }
  // A valid action is logged separately.
  const own = await mallory.post<LogAnswer>('/v1/actions?wait=1', input);
  expect(own.body.results?.[0]).toMatchObject({ outcome: 'created' });
  expect((await feed()).slice(1)).toEqual(before);
});

describe('tracking', () => {
  const call = async (verb: 'track' | 'untrack', input: object, claims: Claims = {}) =>
    (await hub.api(user, claims)).post<Problem & TrackersAnswer>(`/v1/users/${user}/${verb}?wait=1`, input);
  const pathOf = ({ status, body }: Awaited<ReturnType<typeof call>>) => [status, body.fields?.[0]?.path];

  test('cannot link to other sites', async () => {
    person();
    expect(pathOf(await call('track', { to: ['a:1', ref({ url: evil })] }))).toEqual([403, 'to[1].url']);
    expect(pathOf(await call('track', { to: ref({ image: '//evil.example' }) }))).toEqual([
      403,
      'to[0].image',
    ]);
    expect(pathOf(await call('untrack', { from: ref({ url: evil }) }))).toEqual([403, 'from[0].url']);
    expect((await call('track', { to: ref({ url: fine }) })).status).toBe(200);
  });

  test('is logged only with permission to log that verb', async () => {
    person();
    const insufficient: Claims[] = [{ scope: 'feed track' }, { verbs: ['did'] }];
    for (const claims of insufficient) {
      expect((await call('track', { to: 'a:1', log: true }, claims)).status).toBe(403);
      expect((await call('untrack', { from: 'a:1', log: true }, claims)).status).toBe(403);
      expect((await call('track', { to: 'a:1' }, claims)).status).toBe(200);
      expect((await call('untrack', { from: 'a:1' }, claims)).status).toBe(200);
    }
    const { body } = await service.get<Page<Action>>(`/v1/actions?actor=user:${user}`);
    expect(body.items).toEqual([]);
  });

  test('is logged under the name of the token, without links that a backend gave', async () => {
    person();
    const claims = { name: 'Ada', verbs: ['started tracking', 'stopped tracking'] };
    await service.post(`/v1/users/${user}/track?wait=1`, { to: ref({ name: 'Website', url: evil }) });
    await call('untrack', { from: 'project:p1', log: true }, claims);
    await call('track', { to: ref({ url: fine }), log: true }, claims);
    const { body } = await service.get<Page<Action>>(`/v1/actions?actor=user:${user}`);
    const actor = { type: 'user', id: user, name: 'Ada' };
    expect(body.items).toMatchObject([
      { verb: 'started tracking', actor, targets: [ref({ url: fine })] },
      { verb: 'stopped tracking', actor },
    ]);
    expect(body.items[1]?.targets).toEqual([ref({ name: 'Website' })]);
  });
});

test('an event cannot link to other sites', async () => {
  const api = await hub.api(person());
  const create = (related: object) => api.post<Problem>('/v1/events', { name: 'Seen', related });
  expect(await create(ref({ url: evil }))).toMatchObject({
    status: 403,
    body: { fields: [{ path: 'related.url' }] },
  });
  expect(await create(ref({ image: evil }))).toMatchObject({
    status: 403,
    body: { fields: [{ path: 'related.image' }] },
  });
  expect((await create(ref({ url: fine }))).status).toBe(201);
});

test.each<[string, Claims]>([
  ['a name that is no text', { name: 5 }],
  ['a name of 256 characters', { name: 'n'.repeat(256) }],
  ['a name of two lines', { name: 'Ada\nBob' }],
  ['a picture that is a script', { picture: 'javascript:alert(1)' }],
  ['a picture that is no text', { picture: ['/a.png'] }],
])('a token with %s is refused', async (_what, claims) => {
  const api = await hub.api(person(), claims);
  expect((await api.get<Problem>(`/v1/users/${user}/feed`)).status).toBe(401);
});

test.each<[string, Claims]>([
  ['null', { name: null, picture: null }],
  ['nothing', { name: '', picture: '' }],
])('a token whose name is %s has none', async (_what, claims) => {
  person();
  expect((await logged({}, claims)).actor).toEqual({ type: 'user', id: user });
});
