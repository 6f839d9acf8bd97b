/** Creating, changing and removing trackers, over HTTP and sockets. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { TestHub } from '../support/hub.ts';
import { storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let users = 0;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

interface Transport {
  user: string;
  request(what: 'track' | 'untrack', input: Record<string, unknown>): Promise<TrackersAnswer['trackers']>;
  refused(
    what: 'track' | 'untrack',
    input: Record<string, unknown>,
  ): Promise<Pick<Problem, 'code' | 'fields'>>;
}

/** The same calls over both transports, by a new user. */
const transports: Array<[string, () => Promise<Transport>]> = [
  [
    'over HTTP',
    async () => {
      users += 1;
      const user = `user-${users}`;
      const api = await hub.api(user);
      const send = (what: string, input: unknown) =>
        api.post<TrackersAnswer & Problem>(`/v1/users/${user}/${what}`, input);
      return {
        user,
        request: async (what, input) => {
          const response = await send(what, input);
          expect(response.status).toBe(202);
          return response.body.trackers;
        },
        refused: async (what, input) => (await send(what, input)).body,
      };
    },
  ],
  [
    'over a socket',
    async () => {
      users += 1;
      const user = `user-${users}`;
      const socket = await hub.socket(user);
      return {
        user,
        request: async (what, input) => (await socket.get<TrackersAnswer>(what, input)).trackers,
        refused: async (what, input) => {
          const response = await socket.request(what, input);
          if (response.ok) throw new Error('it was accepted');
          return response.error;
        },
      };
    },
  ],
];

describe.each(transports)('%s', (_door, open) => {
  test('a new tracker has every default', async () => {
    const { user, request } = await open();
    const before = Date.now();
    const [tracker, ...others] = await request('track', { to: 'project:p1' });
    expect(others).toEqual([]);
    expect(tracker).toEqual({
      id: expect.stringMatching(/^.{10,}$/),
      user: { type: 'user', id: user },
      tracked: { type: 'project', id: 'p1' },
      verbs: [],
      actorOnly: true,
      createdAt: expect.any(String),
      since: tracker?.createdAt,
    });
    expect(Date.parse(tracker?.createdAt ?? '')).toBeGreaterThanOrEqual(before);
    expect(Date.parse(tracker?.createdAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  test('given settings are stored', async () => {
    const { request } = await open();
    const to = { type: 'project', id: 'p1', name: 'One', url: '/projects/p1', image: '/1.png' };
    const settings = { verbs: ['b', 'a', 'b'], actorOnly: false, since: '2026-01-01T01:00:00+01:00' };
    expect(await request('track', { to, ...settings })).toMatchObject([
      { tracked: to, verbs: ['a', 'b'], actorOnly: false, since: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  test('tracking again replaces all settings but the id and the creation', async () => {
    const { request } = await open();
    const since = '2026-01-01T00:00:00.000Z';
    const [first] = await request('track', { to: 'project:p1', verbs: ['a'], actorOnly: false, since });
    await until(() => Date.now() > Date.parse(first?.createdAt ?? ''));
    const [second] = await request('track', { to: { type: 'project', id: 'p1', name: 'One' } });
    expect(second).toEqual({
      ...first,
      tracked: { type: 'project', id: 'p1', name: 'One' },
      verbs: [],
      actorOnly: true,
      since: first?.createdAt,
    });
    const [third] = await request('track', { to: 'project:p1', verbs: ['z'] });
    expect(third).toEqual({ ...second, tracked: { type: 'project', id: 'p1' }, verbs: ['z'] });
  });

  test('a list is returned in its order, without duplicates', async () => {
    const { request } = await open();
    const to = ['z:1', 'project', { type: 'a', id: '1' }, 'z:1', { type: 'project' }, 'project:project'];
    const trackers = await request('track', { to });
    expect(trackers.map((tracker) => tracker.tracked)).toEqual([
      { type: 'z', id: '1' },
      { type: 'project' },
      { type: 'a', id: '1' },
      { type: 'project', id: 'project' },
    ]);
    expect(new Set(trackers.map((tracker) => tracker.id)).size).toBe(4);
  });

  test('untracking removes the tracker; tracking creates a new one', async () => {
    const { request } = await open();
    const [first] = await request('track', { to: ['a:1', 'a'], since: '2026-01-01T00:00:00Z' });
    expect(await request('untrack', { from: 'a:1' })).toEqual([]);
    await until(() => Date.now() > Date.parse(first?.createdAt ?? ''));
    const [again] = await request('track', { to: 'a:1' });
    expect(Date.parse(again?.createdAt ?? '')).toBeGreaterThan(Date.parse(first?.createdAt ?? ''));
    expect(await request('untrack', { from: ['a:1', { type: 'a' }] })).toEqual([]);
  });

  test('untracking some verbs leaves the others; with the last one the tracker is removed', async () => {
    const { request } = await open();
    const created = await request('track', { to: ['a:1', 'a:2'], verbs: ['x', 'y', 'z'] });
    expect(await request('untrack', { from: ['a:1', 'a:2'], verbs: ['x', 'none'] })).toEqual(
      created.map((tracker) => ({ ...tracker, verbs: ['y', 'z'] })),
    );
    expect(await request('untrack', { from: 'a:1', verbs: ['y', 'z'] })).toEqual([]);
    expect(await request('untrack', { from: ['a:1', 'a:2'], verbs: ['none'] })).toMatchObject([
      { verbs: ['y', 'z'] },
    ]);
  });

  test('untracking some verbs of a tracker of all verbs is refused, and nothing is changed', async () => {
    const { request, refused } = await open();
    await request('track', { to: 'a:1', verbs: ['x', 'y'] });
    await request('track', { to: 'a:2' });
    expect(await refused('untrack', { from: ['a:1', 'a:2'], verbs: ['x'] })).toMatchObject({
      code: 'unprocessable',
      fields: [{ path: 'verbs' }],
    });
    expect(await request('untrack', { from: 'a:1', verbs: ['none'] })).toMatchObject([{ verbs: ['x', 'y'] }]);
    expect(await request('untrack', { from: 'a:2' })).toEqual([]);
  });

  test('untracking an untracked object returns nothing', async () => {
    const { request } = await open();
    await request('track', { to: 'a:1' });
    expect(await request('untrack', { from: 'a:2' })).toEqual([]);
    expect(await request('untrack', { from: ['a', 'b:1'], verbs: ['x'] })).toEqual([]);
  });

  test('a thousand objects are tracked and untracked at once', async () => {
    const { request } = await open();
    const objects = Array.from({ length: 1_000 }, (_, n) => `a:${n}`);
    expect(await request('track', { to: objects })).toHaveLength(1_000);
    expect(await request('untrack', { from: objects })).toEqual([]);
  });

  test('the same tracker twenty times at once is one', async () => {
    const { request } = await open();
    const before = (await storedCountsOf(hub)).trackers;
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => request('track', { to: ['a:1', 'a:2'] })),
    );
    expect(new Set(responses.flat().map((tracker) => tracker.id)).size).toBe(2);
    expect((await storedCountsOf(hub)).trackers - before).toBe(2);
  });

  test('concurrent untracking of single verbs removes all of them', async () => {
    const { request } = await open();
    const verbs = Array.from({ length: 10 }, (_, n) => `v${n}`);
    await request('track', { to: 'a:1', verbs: [...verbs, 'last'] });
    await Promise.all(verbs.map((verb) => request('untrack', { from: 'a:1', verbs: [verb] })));
    expect(await request('untrack', { from: 'a:1', verbs: ['none'] })).toMatchObject([{ verbs: ['last'] }]);
  });
});
