import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../client-sdk/src/connect.ts';
import type { Action, LogAnswer, Page, WatchAnswer, WatchInput } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { Line } from '../support/line.ts';
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
/** An object that no other test watches. */
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

const watch = (socket: TestSocket, input: WatchInput) => socket.get<WatchAnswer>('watch', input);
const idsOf = (actions: readonly Action[]) => actions.map(({ id }) => id);
/** Ids pushed to a watch, as last heard. */
const pushed = (socket: TestSocket, { watch }: WatchAnswer) =>
  socket.watched.filter((push) => push.watch === watch).map(({ action }) => action.id);
const refusal = async (socket: TestSocket, event: string, payload: unknown) => {
  const answer = await socket.ask(event, payload);
  return answer.ok ? 'not refused' : answer.error.code;
};

test('an object is watched: the newest, then live, at another gateway as well', async () => {
  const object = fresh();
  const [first, second, third] = [await log(object), await log(object), await log(object)];
  const ada = await hub.socket('ada', {}, hub.urls[1]);
  const cleo = await hub.socket('cleo', {}, hub.urls[0]);
  const watches = await Promise.all([watch(ada, { object, limit: 2 }), watch(cleo, { object })]);
  expect(idsOf(watches[0].items)).toEqual([third, second]);
  expect(idsOf(watches[1].items)).toEqual([third, second, first]);
  expect(watches[0].items[0]).toMatchObject({ verb: 'edited', text: `bob edited ${object.split(':')[1]}` });
  const live = await log(object, { note: 'live' });
  await log(fresh());
  await until(() => ada.watched.length > 0 && cleo.watched.length > 0);
  expect(ada.watched).toMatchObject([
    { watch: watches[0].watch, action: { id: live, data: { note: 'live' } } },
  ]);
  expect(pushed(cleo, watches[1])).toEqual([live]);
});

test('by verbs, by the actor alone, from a time on, and from the readable level on', async () => {
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
  const heard = (answer: WatchAnswer) => pushed(ada, answer).map((id) => ids.indexOf(id));
  expect(heard(all)).toEqual([0, 1, 2, 3, 5]);
  expect(heard(own)).toEqual([0]);
  expect(heard(some)).toEqual([1, 2, 3]);
  expect(heard(later)).toEqual([0, 1, 3, 5]);
  // And the same of what was there before.
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
  const answer = await watch(ada, { object });
  const part = { actor: 'user:grouper', groupingDelay: 3_600 };
  const id = await log(object, part);
  await log(object, part);
  await until(() => ada.watched.length === 2);
  expect(ada.watched.map(({ action }) => [action.id, action.count])).toEqual([
    [id, 1],
    [id, 2],
  ]);
  expect(pushed(ada, answer)).toEqual([id, id]);
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

test('what goes is told, now and after a while', async () => {
  const object = fresh();
  const [first, second] = [await log(object), await log(object)];
  const ada = await hub.socket('ada');
  const answer = await watch(ada, { object });
  await service.send('DELETE', `/v1/actions/${first}?wait=1`);
  await until(() => ada.unwatched.length > 0);
  expect(ada.unwatched).toEqual([{ watch: answer.watch, ids: [first] }]);
  // Another connection was away meanwhile; it watched where this one did.
  const back = await hub.socket('ada');
  const since = await watch(back, { object, position: answer.position });
  await until(() => back.unwatched.length > 0);
  expect(back.unwatched).toEqual([{ watch: since.watch, ids: [first] }]);
  expect(idsOf(since.items)).toEqual([second]);
});

test('with the old position, what was missed, whatever the limit', async () => {
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
  const answer = await watch(back, { object, limit: 1, position });
  expect(answer.reset).toBeUndefined();
  expect(idsOf(answer.items)).toEqual([...missed.toReversed(), old]);
  expect(answer.items.at(-1)?.count).toBe(2);
  expect(answer.position > position).toBe(true);
  const closed = await watch(back, { object, verbs: ['closed'], position });
  expect(idsOf(closed.items)).toEqual([missed[1]]);
});

test('where too much was missed, or too long ago, it begins afresh and says so', async () => {
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

test('no gap between the answer and the pushes', async () => {
  const object = fresh();
  const ada = await hub.socket('ada');
  const known = new Set<string>();
  const logging = Promise.all(
    Array.from({ length: 60 }, (_, n) => log(object, { actor: `user:u${n % 20}` })),
  );
  for (let turn = 0; turn < 10; turn += 1) {
    const answer = await watch(ada, { object, limit: 100 });
    for (const id of idsOf(answer.items)) known.add(id);
    if (turn < 9) await ada.get('unwatch', { watch: answer.watch });
  }
  const ids = await logging;
  const heard = () => new Set([...known, ...idsOf(ada.watched.map(({ action }) => action))]);
  await until(() => ids.every((id) => heard().has(id)), 'every action is in an answer or a push');
});

test('what the application hides is not pushed', async () => {
  const object = fresh();
  const [ada, backend] = [await hub.socket('ada'), await hub.socket('backend', { scope: 'service' })];
  const answers = [await watch(ada, { object }), await watch(backend, { object })];
  const hidden = await log(object, { hiddenFrom: 'ada' });
  const shown = await log(object);
  await until(() => ada.watched.length > 0 && backend.watched.length === 2);
  expect(answers.map((answer, index) => pushed(index === 0 ? ada : backend, answer))).toEqual([
    [shown],
    [hidden, shown],
  ]);
});

test('it ends with unwatch, whose second time changes nothing', async () => {
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

test('needs the scope feed and a claim that names the object, or the service scope', async () => {
  const object = fresh();
  const of = (claims: Record<string, unknown>) => hub.socket('ada', claims);
  for (const claims of [{ scope: 'log track' }, { objects: [] }, { objects: ['issue:other', 'issue:w'] }]) {
    expect(await refusal(await of(claims), 'watch', { object })).toBe('forbidden');
  }
  for (const claims of [
    { objects: ['issue'] },
    { objects: ['issue:w*'] },
    { scope: 'service', objects: [] },
  ]) {
    expect((await watch(await of(claims), { object })).items).toEqual([]);
  }
});

test('ends where a renewed token does not allow it', async () => {
  const [kept, lost] = [fresh(), fresh()];
  const ada = await hub.socket('ada');
  await watch(ada, { object: lost });
  const keeps = await watch(ada, { object: kept });
  await ada.get('auth', { token: await tokenFor('ada', { objects: [kept, lost] }) });
  expect(ada.others).not.toContain('feed:stale');
  await ada.get('auth', { token: await tokenFor('ada', { objects: [kept] }) });
  await until(() => ada.others.includes('feed:stale'), 'it is told to ask again');
  expect(await refusal(ada, 'watch', { object: lost })).toBe('forbidden');
  await log(lost);
  const id = await log(kept);
  await until(() => ada.watched.length > 0);
  expect(ada.watched.map((push) => [push.watch, push.action.id])).toEqual([[keeps.watch, id]]);
  await ada.get('auth', { token: await tokenFor('ada', { scope: 'log', objects: [kept] }) });
  expect(await refusal(ada, 'watch', { object: kept })).toBe('forbidden');
});

test('a deleted object is gone', async () => {
  const object = fresh();
  expect((await service.post(`/v1/objects/${object}/deleted?wait=1`, {})).status).toBe(200);
  const ada = await hub.socket('ada');
  expect(await refusal(ada, 'watch', { object })).toBe('gone');
  const stranger = await hub.socket('ada', { objects: [] });
  expect(await refusal(stranger, 'watch', { object })).toBe('forbidden');
});

test('deleting an object takes its actions away from those who watch', async () => {
  const [object, project] = [fresh(), fresh('project')];
  const ids = [await log(object, { related: project }), await log(object, { related: project })];
  const ada = await hub.socket('ada');
  const answers = [await watch(ada, { object }), await watch(ada, { object: project })];
  await service.post(`/v1/objects/${object}/deleted?wait=1`, { actions: 'delete' });
  const gone = (answer: WatchAnswer) =>
    ada.unwatched.filter((push) => push.watch === answer.watch).flatMap((push) => push.ids);
  for (const answer of answers) {
    await until(() => gone(answer).length >= 2);
    expect(new Set(gone(answer))).toEqual(new Set(ids));
  }
});

test('a page of the SDK hears of it where a renewed token does not allow a watch', async () => {
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

test('a page of the SDK keeps its list whole while its connection breaks again and again', async () => {
  const object = fresh();
  const line = await Line.to(Number(new URL(hub.url).port));
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
  let broken = 0;
  for (let n = 0; online < 4; n += 1) {
    const id = await log(object, { ...part, groupingDelay: n % 3 === 0 ? -1 : 3_600 });
    if (n % 5 === 0) await service.send('DELETE', `/v1/actions/${id}?wait=1`);
    if (online > broken) {
      broken = online;
      line.cut();
      line.mend();
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

test('a hundred objects for one connection, and no more', async () => {
  const ada = await hub.socket('ada');
  const object = fresh();
  const answers = await Promise.all(Array.from({ length: limits.watches }, () => watch(ada, { object })));
  expect(await refusal(ada, 'watch', { object })).toBe('unprocessable');
  await ada.get('unwatch', { watch: answers[0]?.watch });
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
])('refuses %s %j', async (event, payload) => {
  expect(await refusal(await hub.socket('ada'), event, payload)).toBe('invalid_input');
});
