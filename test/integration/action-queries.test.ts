import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, LogAnswer, Page, TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start({
    hub: { visible: async (action, users) => users.filter((user) => action.data.hiddenFrom !== user) },
  });
  service = await hub.service();
  await log();
});
afterAll(() => hub.close());

const START = Date.UTC(2026, 0, 1);
const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

/** Each action's `n` is its rank by time. */
async function log(): Promise<void> {
  const actions = [
    { n: 0, actor: 'user:ada', verb: 'opened', targets: ['issue:7', 'issue:8'], related: 'project:p1' },
    { n: 1, actor: 'user:bob', verb: 'closed', targets: 'issue:7', related: ['project:p1', 'user:ada'] },
    { n: 2, actor: 'user:ada', verb: 'closed', targets: 'issue:8', level: 'WARNING', related: 'project:p1' },
    { n: 3, actor: 'project:p1', verb: 'moved', targets: 'user:ada', level: 'DEBUG' },
    { n: 4, actor: null, verb: 'opened', targets: 'issue:9', related: 'project:p2' },
    { n: 5, actor: 'user:bob', verb: 'opened', targets: 'issue:7', related: 'project:p2', hiddenFrom: 'ada' },
  ].map(({ n, ...action }) => ({ n, timestamp: at(n), groupingDelay: -1, ...action }));
  expect((await service.post('/v1/actions?wait=1', { actions })).status).toBe(200);
}

const numbers = (page: Page<Action>) => page.items.map((action) => action.data.n);
const list = async (path: string, api = service) => {
  const { status, body } = await api.get<Page<Action>>(path);
  expect(status).toBe(200);
  return numbers(body);
};

describe('all actions', () => {
  test.each([
    ['', [5, 4, 3, 2, 1, 0]],
    ['actor=user:ada', [2, 0]],
    ['target=issue:7', [5, 1, 0]],
    ['related=project:p1', [2, 1, 0]],
    ['object=project:p1', [3, 2, 1, 0]],
    ['object=user:ada', [3, 2, 1, 0]],
    ['object=user:ada&actor=user:bob', [1]],
    ['target=issue:7&related=project:p2', [5]],
    ['verb=closed', [2, 1]],
    ['verb=closed&verb=moved', [3, 2, 1]],
    ['level=40', [2]],
    ['level=WARNING', [2]],
    ['level=INFO&actor=project:p1', []],
    [`since=${at(2)}&until=${at(4)}`, [4, 3, 2]],
    [`until=${encodeURIComponent('2026-01-01T01:01:00+01:00')}`, [1, 0]],
    ['object=project:none', []],
  ])('are listed by "%s"', async (query, expected) => {
    expect(await list(`/v1/actions?${query}`)).toEqual(expected);
  });

  test('are listed newest first by when they happened, ties by id', async () => {
    const together = ['a', 'b', 'c'].map((name) => ({
      actor: 'user:tie',
      verb: 'tied',
      timestamp: at(-1),
      groupingDelay: -1,
      name,
    }));
    const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', { actions: together });
    const late = { actor: 'user:tie', verb: 'tied', timestamp: at(-2), groupingDelay: -1 };
    const after = await service.post<LogAnswer>('/v1/actions?wait=1', late);
    const page = await service.get<Page<Action>>('/v1/actions?actor=user:tie');
    expect(page.body.items.map(({ id }) => id)).toEqual([...body.ids].reverse().concat(after.body.ids));
  });

  test('are listed only with the service scope', async () => {
    const ada = await hub.api('ada');
    expect((await ada.get('/v1/actions')).status).toBe(403);
  });

  test.each([
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ['level=LOUD', 'level'],
    ['actor=user', 'actor'],
    ['cursor=nonsense', 'cursor'],
    ['since=yesterday', 'since'],
    ['as=actor', 'as'],
    ['other=1', 'other'],
  ])('are refused for the query %s', async (query, path) => {
    const { status, body } = await service.get<Problem>(`/v1/actions?${query}`);
    expect(status).toBe(400);
    expect(body.fields?.map((field) => field.path)).toEqual([path]);
  });
});

describe('the actions of an object', () => {
  test.each([
    ['', [3, 2, 1, 0]],
    ['as=any', [3, 2, 1, 0]],
    ['as=actor', [2, 0]],
    ['as=target', [3]],
    ['as=related', [1]],
    ['verb=closed', [2, 1]],
    ['actor=user:bob', [1]],
    ['as=actor&actor=user:bob', []],
    ['as=actor&target=issue:8', [2, 0]],
    ['object=project:p1', [3, 2, 1, 0]],
    ['object=issue:8', [2, 0]],
    ['level=ERROR', []],
  ])('are listed by "%s"', async (query, expected) => {
    expect(await list(`/v1/objects/user:ada/actions?${query}`)).toEqual(expected);
  });

  test('as target, with another target in the filter, match both', async () => {
    expect(await list('/v1/objects/issue:7/actions?as=target&target=issue:8')).toEqual([0]);
    expect(await list('/v1/objects/project:p1/actions?as=related&related=user:ada')).toEqual([1]);
  });

  test('are listed if its id needs escaping in a path', async () => {
    const id = 'a/b?c#d e%:ü';
    await service.post('/v1/actions?wait=1', { actor: `file:${id}`, verb: 'escaped', n: 'odd' });
    expect(await list(`/v1/objects/${encodeURIComponent(`file:${id}`)}/actions`)).toEqual(['odd']);
  });

  test('are refused for a class ref and an invalid ref', async () => {
    for (const ref of ['project', 'Project:1', 'project:']) {
      expect((await service.get(`/v1/objects/${ref}/actions`)).status).toBe(400);
    }
  });

  test('are listed for a user with a claim for it: visible ones from the readable level on', async () => {
    const ada = await hub.api('ada', { scope: 'feed', objects: ['issue:7', 'project'] });
    expect(await list('/v1/objects/issue:7/actions', ada)).toEqual([1, 0]);
    expect(await list('/v1/objects/project:p1/actions', ada)).toEqual([2, 1, 0]);
    expect(await list('/v1/objects/project:p1/actions?level=0', ada)).toEqual([2, 1, 0]);
    const bob = await hub.api('bob', { scope: 'feed', objects: ['issue:7'] });
    expect(await list('/v1/objects/issue:7/actions', bob)).toEqual([5, 1, 0]);
    for (const [claims, ref] of [
      [{ scope: 'feed', objects: ['issue:7'] }, 'issue:8'],
      [{ scope: 'feed', objects: [] }, 'issue:none'],
      [{ scope: 'log track' }, 'issue:7'],
    ] as const) {
      const api = await hub.api('ada', { ...claims, objects: [...(claims.objects ?? ['*'])] });
      expect((await api.get(`/v1/objects/${ref}/actions`)).status).toBe(403);
    }
  });

  test('fill whole pages although some are hidden', async () => {
    const hidden = Array.from({ length: 30 }, (_, n) => ({
      actor: 'user:bob',
      verb: 'whispered',
      targets: 'room:1',
      groupingDelay: -1,
      n,
      ...(n % 10 > 0 && { hiddenFrom: 'ada' }),
    }));
    await service.post('/v1/actions?wait=1', { actions: hidden });
    const ada = await hub.api('ada');
    const first = await ada.get<Page<Action>>('/v1/objects/room:1/actions?limit=2');
    expect(numbers(first.body)).toEqual([20, 10]);
    expect(await list(`/v1/objects/room:1/actions?limit=2&cursor=${first.body.nextCursor}`, ada)).toEqual([
      0,
    ]);
  });
});

describe('actions followed by a tracker', () => {
  async function track(user: string, input: Record<string, unknown>): Promise<string> {
    const { body } = await service.post<TrackersAnswer>(`/v1/users/${user}/track?wait=1`, input);
    const [tracker] = body.trackers;
    if (!tracker) throw new Error('no tracker was made');
    return tracker.id;
  }

  test.each([
    [{ to: 'project:p1', actorOnly: false }, [3, 2, 1, 0]],
    [{ to: 'user:ada' }, [2, 0]],
    [{ to: 'user:ada', verbs: ['closed', 'moved'], actorOnly: false }, [3, 2, 1]],
    [{ to: 'issue', verbs: ['closed'], actorOnly: false }, [2, 1]],
    [{ to: 'project' }, [3]],
    [{ to: 'project:p1', actorOnly: false, since: '2030-01-01T00:00:00Z' }, [3, 2, 1, 0]],
  ])('are listed by its settings: %j', async (input, expected) => {
    const id = await track('cleo', input);
    expect(await list(`/v1/trackers/${id}/actions?until=${at(10)}`)).toEqual(expected);
    await service.post('/v1/users/cleo/untrack?wait=1', { from: input.to });
  });

  test('are narrowed by filters', async () => {
    const id = await track('cleo', { to: 'project:p1', verbs: ['closed', 'moved'], actorOnly: false });
    const of = (query: string) => list(`/v1/trackers/${id}/actions?${query}`);
    expect(await of('')).toEqual([3, 2, 1]);
    expect(await of('verb=closed')).toEqual([2, 1]);
    expect(await of('verb=opened')).toEqual([]);
    expect(await of('object=user:ada&level=30')).toEqual([2, 1]);
    await service.post('/v1/users/cleo/untrack?wait=1', { from: 'project:p1' });
  });

  test('are listed for its owner, and refused to all others whether it exists or not', async () => {
    const id = await track('ada', { to: 'issue:7', actorOnly: false });
    for (const scope of ['feed', 'track']) {
      const ada = await hub.api('ada', { scope, objects: [] });
      expect(await list(`/v1/trackers/${id}/actions`, ada)).toEqual([1, 0]);
    }
    const refused = await Promise.all([
      (await hub.api('bob')).get(`/v1/trackers/${id}/actions`),
      (await hub.api('ada', { scope: 'log' })).get(`/v1/trackers/${id}/actions`),
      (await hub.api('ada')).get('/v1/trackers/bm9uZQ/actions'),
      (await hub.api('bob')).get('/v1/trackers/bm9uZQ/actions'),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(new Set(refused.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await service.get('/v1/trackers/bm9uZQ/actions')).status).toBe(404);
    await service.post('/v1/users/ada/untrack?wait=1', { from: 'issue:7' });
  });
});

test('pages stay correct while actions are logged and grouped', async () => {
  const one = (n: number) => ({
    actor: 'user:pat',
    verb: 'edited',
    targets: `page:${n}`,
    related: `page:${n}`,
    n,
  });
  const first = Array.from({ length: 10 }, (_, n) => ({ ...one(n), timestamp: at(n) }));
  await service.post('/v1/actions?wait=1', { actions: first });
  const seen: unknown[] = [];
  let cursor = '';
  for (let turn = 0; ; turn += 1) {
    const { body } = await service.get<Page<Action>>(`/v1/actions?actor=user:pat&limit=3${cursor}`);
    seen.push(...numbers(body));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
    // A new action, and one that merges into the newest one. That moves up in feeds, but not here.
    const grouped = { ...one(9), timestamp: at(500 + turn), groupingDelay: 31_622_400 };
    await service.post('/v1/actions?wait=1', {
      actions: [{ ...one(100 + turn), timestamp: at(100 + turn) }],
    });
    await service.post('/v1/actions?wait=1', grouped);
  }
  expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  const now = await service.get<Page<Action>>('/v1/actions?actor=user:pat&target=page:9');
  expect(now.body.items.map(({ count }) => count)).toEqual([4]);
});

test('a merged action appears once, as the action that contains it', async () => {
  const part = { actor: 'user:quin', verb: 'edited', targets: 'page:1', groupingDelay: 0 };
  const { body } = await service.post<LogAnswer>('/v1/actions?wait=1', { actions: [part, part, part] });
  const { body: page } = await service.get<Page<Action>>('/v1/actions?actor=user:quin');
  expect(page.items.map(({ id, count }) => [id, count])).toEqual([[body.ids[0], 3]]);
});
