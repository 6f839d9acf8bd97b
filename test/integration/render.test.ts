/** `POST /v1/actions/render`: permissions, marks and errors. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Counts, LogAnswer, RenderedAction } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2 });
  service = await hub.service();
});
afterAll(() => hub.close());

let names = 0;
const fresh = (): string => {
  names += 1;
  return `user-${names}`;
};

async function logged(...notify: string[]): Promise<string> {
  const input = { actor: { type: 'user', id: 'ada', name: 'Ada' }, verb: 'closed', targets: 'issue:7' };
  const response = await service.post<LogAnswer>('/v1/actions?wait=1', { ...input, notify });
  return response.body.ids[0] ?? '';
}
const render = (api: Api, input: object) => api.post<RenderedAction[]>('/v1/actions/render', input);
const unread = async (user: string): Promise<number> =>
  (await service.get<Counts>(`/v1/users/${user}/feed/counts`)).body.unread;

test('actions rendered for a user become read on all connections of the user', async () => {
  const user = fresh();
  const sockets = [await hub.socket(user), await hub.socket(user, {}, hub.urls[1])];
  const id = await logged(user);
  const other = await logged(user);
  for (const socket of sockets) await until(() => socket.items.length === 2, 'the items');
  const response = await render(await hub.api(user), { ids: [id] });
  expect(response).toMatchObject({ status: 200, body: [{ id, text: 'Ada closed issue 7', unread: true }] });
  expect(response.body[0]?.time).toMatch(/^(now|\d+ seconds? ago)$/);
  for (const socket of sockets) {
    const item = socket.items.find((push) => push.item.action.id === id)?.item.id;
    const marked = await until(() => socket.marked.at(-1), 'the mark');
    expect(marked).toMatchObject({ ids: [item], unread: false, seen: true });
    await until(() => socket.counts.at(-1)?.unread === 1, 'the count');
  }
  expect((await render(await hub.api(user), { ids: [other, id] })).body.map((each) => each.unread)).toEqual([
    true,
    false,
  ]);
  expect(await unread(user)).toBe(0);
});

test('a backend renders for a user, or for nobody', async () => {
  const user = fresh();
  const id = await logged(user);
  expect((await render(service, { ids: [id] })).body).toMatchObject([{ unread: false }]);
  expect(await unread(user)).toBe(1);
  expect((await render(service, { ids: [id], user })).body).toMatchObject([{ unread: true }]);
  expect(await unread(user)).toBe(0);
});

test('without autoRead only `force` marks', async () => {
  const own = await TestHub.start({ hub: { autoRead: false } });
  try {
    const backend = await own.service();
    const logged = await backend.post<LogAnswer>('/v1/actions?wait=1', {
      actor: 'user:ada',
      verb: 'closed',
      notify: ['bob'],
    });
    const bob = await own.api('bob');
    const { ids } = logged.body;
    const states = [];
    for (const force of [false, false, true, false]) {
      states.push((await render(bob, { ids, force })).body[0]?.unread);
    }
    expect(states).toEqual([true, true, true, false]);
  } finally {
    await own.close();
  }
});

test('users cannot render for others, or actions that they may not read', async () => {
  const [user, other] = [fresh(), fresh()];
  const [own, foreign] = [await logged(user), await logged(other)];
  const api = await hub.api(user);
  for (const [input, status, fields] of [
    [{ ids: [own], user: other }, 403, undefined],
    [{ ids: [own, foreign, 'none'] }, 403, ['ids[1]', 'ids[2]']],
  ] as const) {
    const { status: answered, body } = await api.post<Problem>('/v1/actions/render', input);
    expect([answered, body.fields?.map((field) => field.path)]).toEqual([status, fields]);
  }
  const unknown = await service.post<Problem>('/v1/actions/render', { ids: ['none'], user });
  expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found', fields: [{ path: 'ids[0]' }] } });
  expect([await unread(user), await unread(other)]).toEqual([1, 1]);
});

test.each([
  [{}, 'ids'],
  [{ ids: 'one' }, 'ids'],
  [{ ids: ['a', 7] }, 'ids[1]'],
  [{ ids: Array.from({ length: 101 }, () => 'a') }, 'ids'],
  [{ ids: ['a'], locale: 'no language' }, 'locale'],
  [{ ids: ['a'], context: { deep: { down: '\ud800' } } }, 'context.deep.down'],
  [{ ids: ['a'], autoRead: true }, 'autoRead'],
])('bad input is refused by the name of the field: %#', async (input, path) => {
  const { status, body } = await service.post<Problem>('/v1/actions/render', input);
  expect([status, body.fields?.map((field) => field.path)]).toEqual([400, [path]]);
});

test('rendering is a call, not an action', async () => {
  const response = await service.get<Problem>('/v1/actions/render');
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});
