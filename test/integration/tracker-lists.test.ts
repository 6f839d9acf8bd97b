/** Lists of trackers with cursors, while trackers are created and removed; many trackers at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClassRef, FeedPage, Page, Ref, Tracker, TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

/** Reads all pages of a list; `between` runs after each. */
async function all<T>(api: Api, path: string, between = async () => {}): Promise<T[]> {
  const items: T[] = [];
  const sign = path.includes('?') ? '&' : '?';
  for (let cursor = ''; ; ) {
    const { status, body } = await api.get<Page<T>>(`${path}${cursor && `${sign}cursor=${cursor}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = body.nextCursor;
    await between();
  }
}

const keyOf = (object: Ref | ClassRef) => ('id' in object ? `${object.type}:${object.id}` : object.type);
const path = (ref: string) => `/v1/objects/${encodeURIComponent(ref)}/trackers`;

describe("a user's trackers", () => {
  const to = ['project:p1', 'project:p2', 'issue:1', 'issue', 'project'];
  let ada: Api;
  let trackers: Tracker[];
  beforeAll(async () => {
    ada = await hub.api('ada');
    const some = await ada.post<TrackersAnswer>('/v1/users/ada/track', { to, verbs: ['opened'] });
    const open = await ada.post<TrackersAnswer>('/v1/users/ada/track', {
      to: { type: 'wiki', id: 'w', name: 'Wiki' },
    });
    trackers = [...some.body.trackers, ...open.body.trackers];
    await service.post('/v1/users/bob/track', { to: 'project:p1' });
  });

  test('are listed, each once, by pages', async () => {
    const listed = await all<Tracker>(ada, '/v1/users/ada/trackers?limit=2');
    expect(listed).toHaveLength(6);
    expect(listed).toEqual(expect.arrayContaining(trackers));
    expect(await all<Tracker>(ada, '/v1/users/ada/trackers')).toEqual(listed);
    expect((await ada.get<Page<Tracker>>('/v1/users/nobody/trackers')).status).toBe(403);
    expect((await service.get<Page<Tracker>>('/v1/users/nobody/trackers')).body).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  test('are filtered by type and verb', async () => {
    const keys = async (query: string) =>
      (await all<Tracker>(ada, `/v1/users/ada/trackers?${query}`)).map((each) => keyOf(each.tracked)).sort();
    expect(await keys('type=project')).toEqual(['project', 'project:p1', 'project:p2']);
    expect(await keys('type=wiki&limit=1')).toEqual(['wiki:w']);
    expect(await keys('verb=opened')).toEqual([...to, 'wiki:w'].sort());
    expect(await keys('verb=closed')).toEqual(['wiki:w']);
    expect(await keys('verb=closed&type=project')).toEqual([]);
  });

  test('contain the tracked object with its display fields', async () => {
    const tracked = await all<Ref | ClassRef>(ada, '/v1/users/ada/tracked?limit=4');
    expect(tracked.map(keyOf).sort()).toEqual([...to, 'wiki:w'].sort());
    expect(tracked).toContainEqual({ type: 'wiki', id: 'w', name: 'Wiki' });
    expect(tracked).toContainEqual({ type: 'issue' });
    expect((await all<Ref>(ada, '/v1/users/ada/tracked?type=issue')).map(keyOf).sort()).toEqual([
      'issue',
      'issue:1',
    ]);
  });

  test('need the scope to track, or the service scope', async () => {
    for (const list of ['trackers', 'tracked']) {
      const blind = await hub.api('ada', { scope: 'feed log' });
      expect((await blind.get(`/v1/users/ada/${list}`)).status).toBe(403);
      expect((await service.get<Page<unknown>>(`/v1/users/ada/${list}`)).body.items).toHaveLength(6);
    }
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['cursor=%21', 'cursor'],
    ['type=Project', 'type'],
    ['verb=', 'verb'],
    ['colour=red', 'colour'],
  ])('refuse %s', async (query, field) => {
    const response = await ada.get<Problem>(`/v1/users/ada/trackers?${query}`);
    expect(response).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', fields: [{ path: field }] },
    });
  });

  test('are listed correctly while others are created and removed', async () => {
    const objects = Array.from({ length: 30 }, (_, index) => `thing:${String(index).padStart(2, '0')}`);
    const cy = await hub.api('cy');
    await cy.post('/v1/users/cy/track', { to: objects });
    let round = 0;
    const listed = await all<Ref>(cy, '/v1/users/cy/tracked?limit=7', async () => {
      // Before and after the current position of the list.
      await cy.post('/v1/users/cy/track', { to: [`thing:0${round}-new`, `thing:29-new-${round}`] });
      await cy.post('/v1/users/cy/untrack', { from: objects[round] });
      round += 1;
    });
    const keys = listed.map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(expect.arrayContaining(objects));
  });
});

describe('the trackers of an object', () => {
  test('are listed with their users, by pages, for the service scope alone', async () => {
    const users = Array.from({ length: 25 }, (_, index) => `follower-${String(index).padStart(2, '0')}`);
    const bulk = users.map((user, index) => ({
      user,
      to: ['board:b/1 ü', 'board'],
      ...(index < 5 && { verbs: ['moved'] }),
    }));
    expect((await service.post('/v1/trackers?wait=1', { trackers: bulk })).status).toBe(200);
    const of = path('board:b/1 ü');
    const listed = await all<Tracker>(service, `${of}?limit=10`);
    expect(listed.map((each) => each.user.id)).toEqual(users);
    expect(listed.every((each) => keyOf(each.tracked) === 'board:b/1 ü')).toBe(true);
    expect((await all<Ref>(service, `${of}/users?limit=24`)).map(keyOf)).toEqual(
      users.map((id) => `user:${id}`),
    );
    expect(await all<Ref>(service, `${of}/users?verb=opened`)).toHaveLength(20);
    expect(await all<Tracker>(service, path('board'))).toHaveLength(25);
    expect(await all<Tracker>(service, path('board:b'))).toEqual([]);
    const api = await hub.api('follower-00');
    for (const list of [of, `${of}/users`]) expect((await api.get(list)).status).toBe(403);
    expect((await service.get(`/v1/objects/Board/trackers`)).status).toBe(400);
  });
});

describe('many trackers at once', () => {
  test('are created for many users, returned in order, and backfill past actions', {
    timeout: 120_000,
  }, async () => {
    const past = { actor: 'user:bob', verb: 'did', targets: 'doc:1' };
    await service.post('/v1/actions?wait=1', past);
    const users = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
    const trackers = users.map((user) => ({ user, to: 'doc:1', actorOnly: false }));
    const response = await service.post<TrackersAnswer>('/v1/trackers', { trackers });
    expect(response.status).toBe(202);
    expect(response.body.trackers.map((each) => each.user.id)).toEqual(users);
    const held = async () => (await storedCountsOf(hub)).items;
    await until(async () => (await held()) === 1_000, 'every feed has the item', 100_000);
    const { body } = await service.get<FeedPage>('/v1/users/many-500/feed');
    expect(body.items).toHaveLength(1);
  });

  test('of a few users are complete at the response', async () => {
    const past = { actor: 'user:bob', verb: 'did', targets: 'doc:2' };
    await service.post('/v1/actions?wait=1', past);
    const trackers = ['few-1', 'few-2'].map((user) => ({ user, to: ['doc:2', 'doc:3'], actorOnly: false }));
    expect((await service.post('/v1/trackers', { trackers })).status).toBe(202);
    for (const { user } of trackers) {
      expect((await service.get<FeedPage>(`/v1/users/${user}/feed`)).body.items).toHaveLength(1);
    }
  });

  test('are logged by user', async () => {
    const trackers = ['log-1', 'log-2'].map((user) => ({
      user,
      to: ['doc:4', 'doc'],
      log: user === 'log-2',
    }));
    await service.post('/v1/trackers?wait=1', { trackers });
    const { body } = await service.get<Page<{ text: string }>>('/v1/actions?verb=started%20tracking');
    expect(body.items.map(({ text }) => text)).toEqual(['log-2 started tracking doc 4 and class doc']);
  });

  test('of a repeated object has the last settings', async () => {
    const trackers = [
      { user: 'twice', to: ['doc:5', 'doc:6'], verbs: ['a'] },
      { user: 'twice', to: 'doc:5', verbs: ['b'] },
    ];
    const { body } = await service.post<TrackersAnswer>('/v1/trackers', { trackers });
    expect(body.trackers.map(({ tracked, verbs }) => [keyOf(tracked), verbs])).toEqual([
      ['doc:5', ['b']],
      ['doc:6', ['a']],
    ]);
  });

  test('are refused as a whole: nothing is stored', async () => {
    const before = await storedCountsOf(hub);
    const mine = { user: 'dan', to: 'doc:1' };
    const dan = await hub.api('dan', { objects: ['doc:1'] });
    const refused = async (api: Api, input: unknown) => {
      const { body } = await api.post<Problem>('/v1/trackers', input);
      return [body.code, body.fields?.map((field) => field.path)];
    };
    expect(await refused(dan, { trackers: [mine, { user: 'eve', to: 'doc:1' }] })).toEqual([
      'forbidden',
      undefined,
    ]);
    expect(await refused(dan, { trackers: [mine, { user: 'dan', to: ['doc:1', 'doc:2'] }] })).toEqual([
      'forbidden',
      ['trackers[1].to[1]'],
    ]);
    expect(await refused(service, { trackers: [mine, { user: 'dan', to: 'Doc' }] })).toEqual([
      'invalid_input',
      ['trackers[1].to'],
    ]);
    expect(await refused(service, [mine, { user: 'dan' }])).toEqual(['invalid_input', ['trackers[1].to']]);
    expect(await refused(service, 'doc:1')).toEqual(['invalid_input', ['']]);
    expect(await refused(service, { trackers: [] })).toEqual(['invalid_input', ['trackers']]);
    expect(await refused(service, { trackers: Array(1_001).fill(mine) })).toEqual([
      'invalid_input',
      ['trackers'],
    ]);
    const wide = { user: 'dan', to: Array.from({ length: 1_000 }, (_, index) => `doc:${index}`) };
    expect(await refused(service, { trackers: Array(11).fill(wide) })).toEqual([
      'invalid_input',
      ['trackers'],
    ]);
    expect(await storedCountsOf(hub)).toEqual(before);
    expect((await dan.post('/v1/trackers', { trackers: [mine] })).status).toBe(202);
  });
});

describe('deleted objects', () => {
  test('accept no new trackers; existing ones may change', async () => {
    await service.post('/v1/users/ada/track', { to: 'gone:1' });
    expect((await service.post('/v1/objects/gone:1/deleted', {})).status).toBeLessThan(300);
    await until(async () => {
      const response = await service.post<Problem>('/v1/trackers', {
        trackers: [{ user: 'bob', to: ['doc:1', 'gone:1'] }],
      });
      return response.status === 410 && response.body.fields?.[0]?.path === 'trackers[0].to[1]';
    });
    expect((await service.get<Page<Tracker>>('/v1/users/bob/trackers?type=doc')).body.items).toEqual([]);
    const changed = await service.post<TrackersAnswer>('/v1/users/ada/track', { to: 'gone:1', verbs: ['x'] });
    expect(changed.body.trackers).toMatchObject([{ verbs: ['x'] }]);
    expect((await service.post('/v1/users/ada/untrack', { from: 'gone:1' })).status).toBe(202);
  });
});
