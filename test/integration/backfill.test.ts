/** Tracking inserts past actions into a feed, and untracking removes them, live. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedItem, FeedPage, LogAnswer, Page, TrackersAnswer } from '../../protocol/entities.ts';
import { allChanges, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let service: Api;
let count = 0;
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
});
afterAll(() => hub.close());

/** A user and an object for one test. */
async function scene(): Promise<{ user: string; api: Api; object: string }> {
  count += 1;
  const user = `user-${count}`;
  return { user, api: await hub.api(user), object: `project:p${count}` };
}

/** Logs actions, waits until they are stored, and returns their ids. */
async function log(...actions: Array<Record<string, unknown>>): Promise<string[]> {
  const sent = actions.map((action) => ({ actor: 'user:bob', verb: 'did', groupingDelay: -1, ...action }));
  const response = await service.post<LogAnswer>('/v1/actions?wait=1', { actions: sent });
  expect(response.status).toBe(200);
  return response.body.ids;
}

const actionsOf = (items: readonly FeedItem[]) => items.map((item) => item.action.id);
const feedOf = async (api: Api, user: string) => actionsOf(await wholeFeed(api, user));
const pushed = (socket: TestSocket) => socket.items.map(({ item }) => item.action.id);

describe('tracking', () => {
  test('backfills past actions before it responds, read, newest first', async () => {
    const { user, api, object } = await scene();
    const ids = await log({ targets: object }, { related: object }, { actor: object });
    await log({ targets: `${object}-other` });
    await api.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
    const { body } = await api.get<FeedPage>(`/v1/users/${user}/feed`);
    expect(actionsOf(body.items)).toEqual(ids.toReversed());
    expect(body.items.map((item) => item.unread)).toEqual([false, false, false]);
    expect(body.counts).toEqual({ unread: 0, unseen: 0, capped: false });
  });

  test('pushes them live', async () => {
    const { user, api, object } = await scene();
    const ids = await log({ targets: object }, { targets: object });
    const socket = await hub.socket(user);
    await api.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
    await until(() => pushed(socket).length === 2, 'both are pushed');
    expect(pushed(socket).toSorted()).toEqual(ids);
    expect(socket.otherEvents).toEqual([]);
  });

  test('delivers them unread from `since` on', async () => {
    const { user, api, object } = await scene();
    const [old, young] = await log(
      { targets: object, timestamp: '2026-01-01T00:00:00Z' },
      { targets: object, timestamp: '2026-01-03T00:00:00Z' },
    );
    const since = '2026-01-02T00:00:00Z';
    await api.post(`/v1/users/${user}/track`, { to: object, actorOnly: false, since });
    const { body } = await api.get<FeedPage>(`/v1/users/${user}/feed`);
    expect(body.items.map(({ action, unread }) => [action.id, unread])).toEqual([
      [young, true],
      [old, false],
    ]);
  });

  test('matches the tracker’s settings, and other settings change the feed', async () => {
    const { user, api, object } = await scene();
    const [did, wrote, was] = await log(
      { actor: object },
      { actor: object, verb: 'wrote' },
      { targets: object },
    );
    const track = (settings: object) =>
      api.post(`/v1/users/${user}/track?wait=1`, { to: object, ...settings });
    await track({ verbs: ['wrote'] });
    expect(await feedOf(api, user)).toEqual([wrote]);
    await track({ actorOnly: false });
    expect(await feedOf(api, user)).toEqual([was, wrote, did]);
    const socket = await hub.socket(user);
    await track({});
    expect(await feedOf(api, user)).toEqual([wrote, did]);
    await until(() => socket.removed.length > 0, 'the removal is pushed');
    expect(socket.removed.flatMap(({ ids }) => ids)).toEqual([`${was}:${user}`]);
  });

  test('a class inserts the actions of and about its objects', async () => {
    const { user, api } = await scene();
    const [first, second] = await log({ actor: `robot${count}:a` }, { targets: `robot${count}:b` });
    await api.post(`/v1/users/${user}/track`, { to: `robot${count}` });
    expect(await feedOf(api, user)).toEqual([first]);
    await api.post(`/v1/users/${user}/track`, { to: { type: `robot${count}` }, actorOnly: false });
    expect(await feedOf(api, user)).toEqual([second, first]);
  });

  test('excludes actions below the readable level', async () => {
    const { user, api, object } = await scene();
    await log({ targets: object, level: 'DEBUG' });
    const [seen] = await log({ targets: object });
    await api.post(`/v1/users/${user}/track?wait=1`, { to: object, actorOnly: false });
    expect(await feedOf(api, user)).toEqual([seen]);
  });

  test('has recently updated actions on the first page, no matter when they started', async () => {
    const { user, api, object } = await scene();
    const similar = { verb: 'kept', targets: object, related: `${object}-x` };
    const [old] = await log({ ...similar, timestamp: '2026-01-01T00:00:00Z' });
    const others = Array(130).fill({ targets: object, timestamp: '2026-02-01T00:00:00Z' });
    await log(...others);
    await log({ ...similar, groupingDelay: 31_000_000 });
    await api.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
    const { body } = await api.get<FeedPage>(`/v1/users/${user}/feed`);
    expect(body.items[0]?.action).toMatchObject({ id: old, count: 2 });
    expect(body.items).toHaveLength(20);
  });

  test('keeps the marks of items that are in the feed', async () => {
    const { user, api, object } = await scene();
    await api.post(`/v1/users/${user}/track`, { to: object, actorOnly: false });
    await log({ targets: [object, `${object}-b`] });
    await api.post(`/v1/users/${user}/feed/read`, { all: true });
    await api.post(`/v1/users/${user}/track?wait=1`, {
      to: `${object}-b`,
      actorOnly: false,
      since: '2020-01-01T00:00:00Z',
    });
    const { body } = await api.get<FeedPage>(`/v1/users/${user}/feed`);
    expect(body.items.map((item) => item.unread)).toEqual([false]);
  });
});

describe('untracking', () => {
  test('removes items that no other tracker matches, live', async () => {
    const { user, api, object } = await scene();
    const other = `${object}-other`;
    await api.post(`/v1/users/${user}/track`, { to: [object, other], actorOnly: false });
    const [alone, both, notified] = await log(
      { targets: object },
      { targets: [object, other] },
      { targets: object, notify: [user] },
    );
    const { body } = await api.get<FeedPage>(`/v1/users/${user}/feed`);
    const socket = await hub.socket(user);
    await api.post(`/v1/users/${user}/untrack?wait=1`, { from: object });
    expect(await feedOf(api, user)).toEqual([notified, both]);
    await until(
      () => socket.removed.length > 0 && socket.counts.at(-1)?.unread === 2,
      'the removal is pushed',
    );
    expect(socket.removed.flatMap(({ ids }) => ids)).toEqual([`${alone}:${user}`]);
    const [changes] = await allChanges(api, user, body.position);
    expect(changes?.removed).toEqual([`${alone}:${user}`]);
  });

  test('with verbs removes only the items of those verbs', async () => {
    const { user, api, object } = await scene();
    await api.post(`/v1/users/${user}/track`, { to: object, verbs: ['opened', 'closed'] });
    const [opened, closed] = await log({ actor: object, verb: 'opened' }, { actor: object, verb: 'closed' });
    const left = await api.post<TrackersAnswer>(`/v1/users/${user}/untrack?wait=1`, {
      from: object,
      verbs: ['closed'],
    });
    expect(left).toMatchObject({ status: 200, body: { trackers: [{ verbs: ['opened'] }] } });
    expect(await feedOf(api, user)).toEqual([opened]);
    await api.post(`/v1/users/${user}/track?wait=1`, { to: object });
    expect(await feedOf(api, user)).toEqual([closed, opened]);
  });

  test('followed by tracking brings everything back', async () => {
    const { user, api, object } = await scene();
    const ids = await log({ targets: object }, { targets: object });
    for (let round = 0; round < 3; round += 1) {
      await api.post(`/v1/users/${user}/track?wait=1`, { to: object, actorOnly: false });
      expect(await feedOf(api, user)).toEqual(ids.toReversed());
      await api.post(`/v1/users/${user}/untrack?wait=1`, { from: object });
      expect(await feedOf(api, user)).toEqual([]);
    }
  });
});

describe('a change of trackers', () => {
  test('responds with 200 and updated feeds, or with 202 if it does not wait', async () => {
    const { user, api, object } = await scene();
    expect((await api.post(`/v1/users/${user}/track`, { to: object })).status).toBe(202);
    expect((await api.post(`/v1/users/${user}/track?wait=1`, { to: object, log: true })).status).toBe(200);
    expect((await api.post(`/v1/users/${user}/untrack`, { from: object })).status).toBe(202);
    expect((await api.post(`/v1/users/${user}/untrack?wait=1`, { from: object })).status).toBe(200);
  });
});

describe('a long history', { timeout: 120_000 }, () => {
  const HISTORY_LENGTH = 5_000;
  const name = 'project:long';
  let ids: string[];
  beforeAll(async () => {
    ids = [];
    while (ids.length < HISTORY_LENGTH) ids.push(...(await log(...Array(500).fill({ targets: name }))));
  }, 120_000);

  test('is backfilled after the response: first page at once, the rest followed by one reset', async () => {
    const { user, api } = await scene();
    const socket = await hub.socket(user);
    const newest = ids.toReversed();
    const tracked = await api.post(`/v1/users/${user}/track`, { to: name, actorOnly: false });
    expect(tracked.status).toBe(202);
    const first = await api.get<FeedPage>(`/v1/users/${user}/feed?limit=100`);
    expect(actionsOf(first.body.items)).toEqual(newest.slice(0, 100));
    await until(() => socket.otherEvents.includes('feed:reset'), 'the reset', 100_000);
    expect(await feedOf(api, user)).toEqual(newest);
    expect(pushed(socket).length).toBeLessThanOrEqual(200);
    expect(socket.otherEvents).toEqual(['feed:reset']);
    const changes = await allChanges(api, user, first.body.position);
    expect(changes.map(({ reset }) => reset)).toEqual([true]);

    const gone = await api.post(`/v1/users/${user}/untrack?wait=1`, { from: name });
    expect(gone.status).toBe(200);
    expect(await feedOf(api, user)).toEqual([]);
    await until(() => socket.otherEvents.length === 2, 'the second reset');
    expect(socket.removed.flatMap((push) => push.ids).length).toBeLessThanOrEqual(200);
  });

  test('of two users continues while one of them changes trackers', async () => {
    const [ada, bob] = [await scene(), await scene()];
    for (const { user, api } of [ada, bob]) {
      await api.post(`/v1/users/${user}/track`, { to: name, actorOnly: false });
    }
    await ada.api.post(`/v1/users/${ada.user}/untrack?wait=1`, { from: name });
    await bob.api.post(`/v1/users/${bob.user}/track?wait=1`, { to: name, actorOnly: false });
    expect(await feedOf(ada.api, ada.user)).toEqual([]);
    expect(await feedOf(bob.api, bob.user)).toEqual(ids.toReversed());
  });
});

describe('a logged change of trackers', () => {
  test('logs each start and stop once, as an action of the user', async () => {
    const { user, object } = await scene();
    // Needs both scopes and both verbs.
    const verbs = ['started tracking', 'stopped tracking'];
    const tracks = await hub.api(user, { scope: 'track log feed', verbs });
    await tracks.post(`/v1/users/${user}/track?wait=1`, { to: `${object}-b` });
    const objects = [object, `${object}-b`, 'project'];
    const track = () => tracks.post(`/v1/users/${user}/track?wait=1`, { to: objects, log: true });
    await Promise.all([track(), track()]);
    const untrack = () => tracks.post(`/v1/users/${user}/untrack?wait=1`, { from: objects, log: true });
    await Promise.all([untrack(), untrack()]);
    const { body } = await service.get<
      Page<{ verb: string; actor: object; targets: object[]; level: number }>
    >(`/v1/actions?actor=user:${user}`);
    const id = object.slice('project:'.length);
    const of = (verb: string) =>
      body.items.filter((action) => action.verb === verb).flatMap((action) => action.targets);
    expect(body.items.map(({ actor, level }) => ({ actor, level }))).toEqual(
      body.items.map(() => ({ actor: { type: 'user', id: user }, level: 30 })),
    );
    expect(new Set(body.items.map(({ verb }) => verb))).toEqual(
      new Set(['started tracking', 'stopped tracking']),
    );
    expect(of('started tracking')).toHaveLength(2);
    expect(of('started tracking')).toEqual(
      expect.arrayContaining([
        { type: 'project', id },
        { type: 'class', id: 'project' },
      ]),
    );
    expect(of('stopped tracking')).toHaveLength(3);
    expect(of('stopped tracking')).toEqual(
      expect.arrayContaining([
        { type: 'project', id },
        { type: 'project', id: `${id}-b` },
        { type: 'class', id: 'project' },
      ]),
    );
  });

  test('is waited for', async () => {
    const { user, api, object } = await scene();
    const follower = await scene();
    await follower.api.post(`/v1/users/${follower.user}/track`, { to: `user:${user}` });
    await api.post(`/v1/users/${user}/track?wait=1`, { to: object, log: true });
    const { body } = await follower.api.get<FeedPage>(`/v1/users/${follower.user}/feed`);
    expect(body.items.map((item) => item.action.text)).toEqual([
      `${user} started tracking ${object.replace(':', ' ')}`,
    ]);
  });
});
