/** Starting to follow, changing what is followed, stopping; over HTTP and sockets alike. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { holdingsOf } from '../support/holdings.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let users = 0;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
});
afterAll(() => hub.close());

interface Door {
  user: string;
  ask(what: 'track' | 'untrack', input: Record<string, unknown>): Promise<TrackersAnswer['trackers']>;
  refused(
    what: 'track' | 'untrack',
    input: Record<string, unknown>,
  ): Promise<Pick<Problem, 'code' | 'fields'>>;
}

/** The same calls through either door, by a user of the test's own. */
const doors: Array<[string, () => Promise<Door>]> = [
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
        ask: async (what, input) => {
          const answer = await send(what, input);
          expect(answer.status).toBe(202);
          return answer.body.trackers;
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
        ask: async (what, input) => (await socket.get<TrackersAnswer>(what, input)).trackers,
        refused: async (what, input) => {
          const answer = await socket.ask(what, input);
          if (answer.ok) throw new Error('it was accepted');
          return answer.error;
        },
      };
    },
  ],
];

describe.each(doors)('%s', (_door, open) => {
  test('a new tracker has every default', async () => {
    const { user, ask } = await open();
    const before = Date.now();
    const [tracker, ...others] = await ask('track', { to: 'project:p1' });
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

  test('settings that are given are kept', async () => {
    const { ask } = await open();
    const to = { type: 'project', id: 'p1', name: 'One', url: '/projects/p1', image: '/1.png' };
    const settings = { verbs: ['b', 'a', 'b'], actorOnly: false, since: '2026-01-01T01:00:00+01:00' };
    expect(await ask('track', { to, ...settings })).toMatchObject([
      { tracked: to, verbs: ['a', 'b'], actorOnly: false, since: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  test('tracking again replaces all settings but the id and the creation', async () => {
    const { ask } = await open();
    const since = '2026-01-01T00:00:00.000Z';
    const [first] = await ask('track', { to: 'project:p1', verbs: ['a'], actorOnly: false, since });
    await until(() => Date.now() > Date.parse(first?.createdAt ?? ''));
    const [second] = await ask('track', { to: { type: 'project', id: 'p1', name: 'One' } });
    expect(second).toEqual({
      ...first,
      tracked: { type: 'project', id: 'p1', name: 'One' },
      verbs: [],
      actorOnly: true,
      since: first?.createdAt,
    });
    const [third] = await ask('track', { to: 'project:p1', verbs: ['z'] });
    expect(third).toEqual({ ...second, tracked: { type: 'project', id: 'p1' }, verbs: ['z'] });
  });

  test('a list is answered in its order, an object that is named twice once', async () => {
    const { ask } = await open();
    const to = ['z:1', 'project', { type: 'a', id: '1' }, 'z:1', { type: 'project' }, 'project:project'];
    const trackers = await ask('track', { to });
    expect(trackers.map((tracker) => tracker.tracked)).toEqual([
      { type: 'z', id: '1' },
      { type: 'project' },
      { type: 'a', id: '1' },
      { type: 'project', id: 'project' },
    ]);
    expect(new Set(trackers.map((tracker) => tracker.id)).size).toBe(4);
  });

  test('untracking takes the tracker away; tracking then begins anew', async () => {
    const { ask } = await open();
    const [first] = await ask('track', { to: ['a:1', 'a'], since: '2026-01-01T00:00:00Z' });
    expect(await ask('untrack', { from: 'a:1' })).toEqual([]);
    await until(() => Date.now() > Date.parse(first?.createdAt ?? ''));
    const [again] = await ask('track', { to: 'a:1' });
    expect(Date.parse(again?.createdAt ?? '')).toBeGreaterThan(Date.parse(first?.createdAt ?? ''));
    expect(await ask('untrack', { from: ['a:1', { type: 'a' }] })).toEqual([]);
  });

  test('untracking some verbs leaves the others; with the last one the tracker goes', async () => {
    const { ask } = await open();
    const created = await ask('track', { to: ['a:1', 'a:2'], verbs: ['x', 'y', 'z'] });
    expect(await ask('untrack', { from: ['a:1', 'a:2'], verbs: ['x', 'none'] })).toEqual(
      created.map((tracker) => ({ ...tracker, verbs: ['y', 'z'] })),
    );
    expect(await ask('untrack', { from: 'a:1', verbs: ['y', 'z'] })).toEqual([]);
    expect(await ask('untrack', { from: ['a:1', 'a:2'], verbs: ['none'] })).toMatchObject([
      { verbs: ['y', 'z'] },
    ]);
  });

  test('untracking some verbs of a tracker of all verbs is refused, and nothing is changed', async () => {
    const { ask, refused } = await open();
    await ask('track', { to: 'a:1', verbs: ['x', 'y'] });
    await ask('track', { to: 'a:2' });
    expect(await refused('untrack', { from: ['a:1', 'a:2'], verbs: ['x'] })).toMatchObject({
      code: 'unprocessable',
      fields: [{ path: 'verbs' }],
    });
    expect(await ask('untrack', { from: 'a:1', verbs: ['none'] })).toMatchObject([{ verbs: ['x', 'y'] }]);
    expect(await ask('untrack', { from: 'a:2' })).toEqual([]);
  });

  test('untracking what is not tracked answers nothing', async () => {
    const { ask } = await open();
    await ask('track', { to: 'a:1' });
    expect(await ask('untrack', { from: 'a:2' })).toEqual([]);
    expect(await ask('untrack', { from: ['a', 'b:1'], verbs: ['x'] })).toEqual([]);
  });

  test('a thousand objects are tracked and untracked at once', async () => {
    const { ask } = await open();
    const objects = Array.from({ length: 1_000 }, (_, n) => `a:${n}`);
    expect(await ask('track', { to: objects })).toHaveLength(1_000);
    expect(await ask('untrack', { from: objects })).toEqual([]);
  });

  test('the same tracker twenty times at once is one', async () => {
    const { ask } = await open();
    const before = (await holdingsOf(hub)).trackers;
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('track', { to: ['a:1', 'a:2'] })));
    expect(new Set(answers.flat().map((tracker) => tracker.id)).size).toBe(2);
    expect((await holdingsOf(hub)).trackers - before).toBe(2);
  });

  test('verbs untracked one by one at once all go', async () => {
    const { ask } = await open();
    const verbs = Array.from({ length: 10 }, (_, n) => `v${n}`);
    await ask('track', { to: 'a:1', verbs: [...verbs, 'last'] });
    await Promise.all(verbs.map((verb) => ask('untrack', { from: 'a:1', verbs: [verb] })));
    expect(await ask('untrack', { from: 'a:1', verbs: ['none'] })).toMatchObject([{ verbs: ['last'] }]);
  });
});
