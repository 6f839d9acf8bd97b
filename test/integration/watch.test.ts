import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../client-sdk/client/src/connect.ts';
import type { Action, LogAnswer, Page, WatchInput, WatchResponse } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { PageLink } from '../support/page-link.ts';
import type { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start({
    gateways: 2,
    hub: { visible: async (action, users) => users.filter((user) => action.data.hiddenFrom !== user) },
  });
  service = await hub.service();
});
afterAll(() => hub.close());

let count = 0;
/** A unique object. */
const fresh = (type = 'issue'): string => {
  count += 1;
  return `${type}:w${count}`;
};

interface Logged {
  actor?: string;
  verb?: string;
  groupingDelay?: number;
  [other: string]: unknown;
}

async function log(target: string, action: Logged = {}): Promise<string> {
  const input = { actor: 'user:bob', verb: 'edited', groupingDelay: -1, targets: target, ...action };
  const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', input);
  return body.ids[0] ?? '';
}

const watch = (socket: TestSocket, input: WatchInput) => socket.get<WatchResponse>('watch', input);
const idsOf = (actions: readonly Action[]) => actions.map(({ id }) => id);
/** The ids of a watch after all pushes. */
const pushed = (socket: TestSocket, { watch }: WatchResponse) =>
  socket.watched.filter((push) => push.watch === watch).map(({ action }) => action.id);
const errorOf = async (socket: TestSocket, event: string, payload: unknown) => {
  const response = await socket.request(event, payload);
  return response.ok ? 'not refused' : response.error.code;
};

test('a watch has the newest actions, then pushes, also at another gateway', async () => {
  const object = fresh();
  const [first, second, third] = [await log(object), await log(object), await log(object)];
  const ada = await hub.socket('ada', {}, hub.urls[1]);
  const cleo = await hub.socket('cleo', {}, hub.urls[0]);
  const watches = await Promise.all([watch(ada, { object, limit: 2 }), watch(cleo, { object })]);
  expect(idsOf(watches[0].items)).toEqual([third, second]);
  expect(idsOf(watches[1].items)).toEqual([third, second, first]);
  expect(watches[0].items[0]).toMatchObject({
    verb: 'edited',
    text: `bob edited issue ${object.split(':')[1]}`,
  });
  const live = await log(object, { note: 'live' });
  await log(fresh());
  await until(() => ada.watched.length > 0 && cleo.watched.length > 0);
  expect(ada.watched).toMatchObject([
    { watch: watches[0].watch, action: { id: live, data: { note: 'live' } } },
  ]);
  expect(pushed(cleo, watches[1])).toEqual([live]);
});

test('a watch filters by verbs, by the actor alone, by time, and by the readable level', async () => {
  const object = fresh('user');
  const ada = await hub.socket('ada');
  const all = await watch(ada, { object });
  const own = await watch(ada, { object, actorOnly: true });
  const some = await watch(ada, { object, verbs: ['closed', 'opened'] });
  const later = await watch(ada, { object, since: '2026-06-01T00:00:00Z' });
  const ids = [
    await log('issue:1', { actor: object }),
    await log(object, { verb: 'closed' }),
    await log('issue:1', { related: object, verb: 'opened', timestamp: '2026-05-31T23:59:59.999Z' }),
    await log(object, { timestamp: '2026-06-01T00:00:00Z', verb: 'opened' }),
    await log(object, { level: 'DEBUG' }),
    await log(object, { verb: 'last' }),
  ];
  await until(() => pushed(ada, all).length === 5);
  const pushedIndexes = (response: WatchResponse) => pushed(ada, response).map((id) => ids.indexOf(id));
  expect(pushedIndexes(all)).toEqual([0, 1, 2, 3, 5]);
  expect(pushedIndexes(own)).toEqual([0]);
  expect(pushedIndexes(some)).toEqual([1, 2, 3]);
  expect(pushedIndexes(later)).toEqual([0, 1, 3, 5]);
  // The same for existing actions.
  const now = async (input: Omit<WatchInput, 'object'>) =>
    idsOf((await watch(ada, { object, ...input })).items)
      .map((id) => ids.indexOf(id))
      .sort();
  expect(await now({})).toEqual([0, 1, 2, 3, 5]);
  expect(await now({ actorOnly: true })).toEqual([0]);
  expect(await now({ verbs: ['closed', 'opened'] })).toEqual([1, 2, 3]);
  expect(await now({ since: '2026-06-01T00:00:00Z' })).toEqual([0, 1, 3, 5]);
});

test('an action that gains another is pushed again, as one', async () => {
  const object = fresh();
  const ada = await hub.socket('ada');
  const response = await watch(ada, { object });
  const part = { actor: 'user:grouper', groupingDelay: 3_600 };
  const id = await log(object, part);
  await log(object, part);
  await until(() => ada.watched.length === 2);
  expect(ada.watched.map(({ action }) => [action.id, action.count])).toEqual([
    [id, 1],
    [id, 2],
  ]);
  expect(pushed(ada, response)).toEqual([id, id]);
  const again = await watch(ada, { object });
  expect(again.items.map((action) => [action.id, action.count])).toEqual([[id, 2]]);
});

test('an action that gained the object through another one is pushed', async () => {
  const [object, other] = [fresh(), fresh()];
  const ada = await hub.socket('ada');
  await watch(ada, { object });
  const part = { actor: 'user:joiner', groupingDelay: 3_600, related: 'project:p1' };
  const id = await log(other, part);
  await log(object, part);
  const push = await until(() => ada.watched[0]);
  expect(push.action.id).toBe(id);
  expect(push.action.targets).toHaveLength(2);
});

test('removals are pushed, and returned after a while offline', async () => {
  const object = fresh();
  const [first, second] = [await log(object), await log(object)];
  const ada = await hub.socket('ada');
  const response = await watch(ada, { object });
  await service.send('DELETE', `/v1/actions/${first}?wait=1`);
  await until(() => ada.unwatched.length > 0);
  expect(ada.unwatched).toEqual([{ watch: response.watch, ids: [first] }]);
  // Another connection was offline meanwhile, with the same watch.
  const back = await hub.socket('ada');
  const since = await watch(back, { object, position: response.position });
  await until(() => back.unwatched.length > 0);
  expect(back.unwatched).toEqual([{ watch: since.watch, ids: [first] }]);
  expect(idsOf(since.items)).toEqual([second]);
});

test('with an old position, a watch returns all missed actions, beyond the limit', async () => {
  const object = fresh();
  const part = { actor: 'user:parts', groupingDelay: 3_600 };
  const old = await log(object, part);
  const ada = await hub.socket('ada');
  const { position } = await watch(ada, { object, limit: 1 });
  ada.close();
  const missed = [await log(object), await log(object, { verb: 'closed' }), await log(object)];
  await log(object, { level: 'DEBUG' });
  await log(object, { hiddenFrom: 'ada' });
  await log(object, part);
  const back = await hub.socket('ada');
  const response = await watch(back, { object, limit: 1, position });
  expect(response.reset).toBeUndefined();
  expect(idsOf(response.items)).toEqual([...missed.toReversed(), old]);
  expect(response.items.at(-1)?.count).toBe(2);
  expect(response.position > position).toBe(true);
  const closed = await watch(back, { object, verbs: ['closed'], position });
  expect(idsOf(closed.items)).toEqual([missed[1]]);
});

test('after a gap that is too large or too old, a watch restarts with a flag', async () => {
  const object = fresh();
  const ada = await hub.socket('ada');
  const { position } = await watch(ada, { object });
  const actions = Array.from({ length: limits.changes + 1 }, (_, n) => ({
    actor: `user:u${n}`,
    verb: 'edited',
    targets: object,
  }));
  await service.post('/v1/actions?wait=1', { actions: actions.slice(1) });
  const all = await watch(ada, { object, limit: 3, position });
  expect([all.reset, all.items.length]).toEqual([undefined, limits.changes]);
  await service.post('/v1/actions?wait=1', { actions: actions.slice(0, 1) });
  expect(await watch(ada, { object, limit: 3, position })).toMatchObject({ reset: true });
  const longAgo = String((Date.now() - 30 * 86_400_000) * 1_000).padStart(16, '0');
  const afresh = await watch(ada, { object, limit: 3, position: longAgo });
  expect([afresh.reset, afresh.items.length]).toEqual([true, 3]);
});

test('a watch has no gap between the response and the pushes', async () => {
  const object = fresh();
  const ada = await hub.socket('ada');
  const known = new Set<string>();
  const logging = Promise.all(
    Array.from({ length: 60 }, (_, n) => log(object, { actor: `user:u${n % 20}` })),
  );
  for (let turn = 0; turn < 10; turn += 1) {
    const response = await watch(ada, { object, limit: 100 });
    for (const id of idsOf(response.items)) known.add(id);
    if (turn < 9) await ada.get('unwatch', { watch: response.watch });
  }
  const ids = await logging;
  const receivedIds = () => new Set([...known, ...idsOf(ada.watched.map(({ action }) => action))]);
  await until(() => ids.every((id) => receivedIds().has(id)), 'every action is in a response or a push');
});

test('hidden actions are not pushed', async () => {
  const object = fresh();
  const [ada, backend] = [await hub.socket('ada'), await hub.socket('backend', { scope: 'service' })];
  const responses = [await watch(ada, { object }), await watch(backend, { object })];
  const hidden = await log(object, { hiddenFrom: 'ada' });
  const shown = await log(object);
  await until(() => ada.watched.length > 0 && backend.watched.length === 2);
  expect(responses.map((response, index) => pushed(index === 0 ? ada : backend, response))).toEqual([
    [shown],
    [hidden, shown],
  ]);
});

test('a watch ends with unwatch, which can be repeated', async () => {
  const object = fresh();
  const ada = await hub.socket('ada');
  const ended = await watch(ada, { object });
  const goes = await watch(ada, { object });
  expect(await ada.get('unwatch', { watch: ended.watch })).toEqual({});
  expect(await ada.get('unwatch', { watch: ended.watch })).toEqual({});
  const id = await log(object);
  await until(() => ada.watched.length > 0);
  expect(ada.watched.map((push) => [push.watch, push.action.id])).toEqual([[goes.watch, id]]);
});

test('a watch needs the scope feed and a claim that names the object, or the service scope', async () => {
  const object = fresh();
  const of = (claims: Record<string, unknown>) => hub.socket('ada', claims);
  for (const claims of [{ scope: 'log track' }, { objects: [] }, { objects: ['issue:other', 'issue:w'] }]) {
    expect(await errorOf(await of(claims), 'watch', { object })).toBe('forbidden');
  }
  for (const claims of [
    { objects: ['issue'] },
    { objects: ['issue:w*'] },
    { scope: 'service', objects: [] },
  ]) {
    expect((await watch(await of(claims), { object })).items).toEqual([]);
  }
});

test('a watch ends if a renewed token does not allow it', async () => {
  const [allowed, denied] = [fresh(), fresh()];
  const ada = await hub.socket('ada');
  await watch(ada, { object: denied });
  const allowedWatch = await watch(ada, { object: allowed });
  await ada.get('auth', { token: await tokenFor('ada', { objects: [allowed, denied] }) });
  expect(ada.otherEvents).not.toContain('feed:stale');
  await ada.get('auth', { token: await tokenFor('ada', { objects: [allowed] }) });
  await until(() => ada.otherEvents.includes('feed:stale'), 'the client is notified of the gap');
  expect(await errorOf(ada, 'watch', { object: denied })).toBe('forbidden');
  await log(denied);
  const id = await log(allowed);
  await until(() => ada.watched.length > 0);
  expect(ada.watched.map((push) => [push.watch, push.action.id])).toEqual([[allowedWatch.watch, id]]);
  await ada.get('auth', { token: await tokenFor('ada', { scope: 'log', objects: [allowed] }) });
  expect(await errorOf(ada, 'watch', { object: allowed })).toBe('forbidden');
});

test('a deleted object is gone', async () => {
  const object = fresh();
  expect((await service.post(`/v1/objects/${object}/deleted?wait=1`, {})).status).toBe(200);
  const ada = await hub.socket('ada');
  expect(await errorOf(ada, 'watch', { object })).toBe('gone');
  const stranger = await hub.socket('ada', { objects: [] });
  expect(await errorOf(stranger, 'watch', { object })).toBe('forbidden');
});

test('deleting an object removes its actions from watches', async () => {
  const [object, project] = [fresh(), fresh('project')];
  const ids = [await log(object, { related: project }), await log(object, { related: project })];
  const ada = await hub.socket('ada');
  const responses = [await watch(ada, { object }), await watch(ada, { object: project })];
  await service.post(`/v1/objects/${object}/deleted?wait=1`, { actions: 'delete' });
  const isRemoved = (response: WatchResponse) =>
    ada.unwatched.filter((push) => push.watch === response.watch).flatMap((push) => push.ids);
  for (const response of responses) {
    await until(() => isRemoved(response).length >= 2);
    expect(new Set(isRemoved(response))).toEqual(new Set(ids));
  }
});

test('the SDK reports a watch that a renewed token does not allow', async () => {
  const object = fresh();
  const tokens = [await tokenFor('ada', { lifetime: 4 }), await tokenFor('ada', { objects: [] })];
  const page = connect(hub.url, { token: async () => tokens.shift() ?? tokenFor('ada', { objects: [] }) });
  onTestFinished(() => page.close());
  const watched = page.watch({ object });
  await until(() => watched.getSnapshot().status === 'ready');
  await until(() => watched.getSnapshot().status === 'error');
  expect(watched.getSnapshot().error?.code).toBe('forbidden');
  expect(page.connection.getSnapshot()).toBe('online');
});

test('the SDK keeps its list complete while its connection breaks repeatedly', async () => {
  const object = fresh();
  const line = await PageLink.to(Number(new URL(hub.url).port));
  const page = connect(line.url, { token: () => tokenFor('ada') });
  onTestFinished(() => {
    page.close();
    line.close();
  });
  let online = 0;
  page.connection.subscribe(() => {
    if (page.connection.getSnapshot() === 'online') online += 1;
  });
  const watched = page.watch({ object, limit: 100 });
  const part = { actor: 'user:steady', related: object };
  let disconnects = 0;
  for (let n = 0; online < 4; n += 1) {
    const id = await log(object, { ...part, groupingDelay: n % 3 === 0 ? -1 : 3_600 });
    if (n % 5 === 0) await service.send('DELETE', `/v1/actions/${id}?wait=1`);
    if (online > disconnects) {
      disconnects = online;
      line.cut();
      line.restore();
    }
  }
  const { body } = await service.get<Page<Action>>(`/v1/objects/${object}/actions?limit=100`);
  const states = (actions: readonly Action[]) => actions.map(({ id, count }) => `${id} ${count}`).join();
  await until(
    () => states(watched.getSnapshot().items.slice(0, 100)) === states(body.items),
    states(body.items),
  );
  expect(body.items.length).toBeGreaterThan(1);
});

test('one connection may watch a hundred objects, and no more', async () => {
  const ada = await hub.socket('ada');
  const object = fresh();
  const responses = await Promise.all(Array.from({ length: limits.watches }, () => watch(ada, { object })));
  expect(await errorOf(ada, 'watch', { object })).toBe('unprocessable');
  await ada.get('unwatch', { watch: responses[0]?.watch });
  await watch(ada, { object });
});

test.each([
  ['watch', { object: 'issue' }],
  ['watch', { object: { type: 'issue' } }],
  ['watch', {}],
  ['watch', { object: 'issue:1', limit: 101 }],
  ['watch', { object: 'issue:1', position: 'x' }],
  ['watch', { object: 'issue:1', other: 1 }],
  ['watch', undefined],
  ['unwatch', {}],
  ['unwatch', { watch: 7 }],
])('%s %j is refused', async (event, payload) => {
  expect(await errorOf(await hub.socket('ada'), event, payload)).toBe('invalid_input');
});
