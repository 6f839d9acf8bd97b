/** Delivery to feeds, and the unread state of new items: rules 1 to 3. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, FeedItem, LogAnswer } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let api: Api;
let names = 0;
beforeAll(async () => {
  hub = await TestHub.start();
  api = await hub.service();
});
afterAll(() => hub.close());

/** A unique name. */
const fresh = (what: string) => {
  names += 1;
  return `${what}-${names}`;
};
const track = async (user: string, to: unknown, settings: Record<string, unknown> = {}) => {
  expect((await api.post(`/v1/users/${user}/track?wait=1`, { to, ...settings })).status).toBe(200);
};
const log = async (input: Record<string, unknown>): Promise<string> => {
  const response = await api.post<LogAnswer>('/v1/actions?wait=1', {
    actor: 'user:somebody',
    verb: 'did',
    ...input,
  });
  expect(response.status).toBe(200);
  return response.body.ids[0] ?? '';
};
const feed = (user: string): Promise<FeedItem[]> => wholeFeed(api, user);
const actionsOf = async (user: string) => (await feed(user)).map((item) => item.action.id);

describe('a tracker', () => {
  test('of an object delivers its own actions, and with actorOnly false also actions about it', async () => {
    const [strict, wide, object] = [fresh('user'), fresh('user'), fresh('project:p')];
    await track(strict, object);
    await track(wide, object, { actorOnly: false });
    const did = await log({ actor: object });
    const target = await log({ targets: ['issue:1', object] });
    const related = await log({ related: object });
    await log({ targets: `${object}0`, related: `issue:${object}` });
    expect(await actionsOf(strict)).toEqual([did]);
    expect(await actionsOf(wide)).toEqual([related, target, did]);
  });

  test('of a class delivers actions of and about all its objects', async () => {
    const [strict, wide, type] = [fresh('user'), fresh('user'), fresh('type')];
    await track(strict, type);
    await track(wide, { type }, { actorOnly: false });
    const did = await log({ actor: `${type}:1` });
    const target = await log({ targets: `${type}:2` });
    await log({ targets: `${type}s:2`, related: `other:${type}` });
    expect(await actionsOf(strict)).toEqual([did]);
    expect(await actionsOf(wide)).toEqual([target, did]);
  });

  test('with verbs delivers only these verbs', async () => {
    const [user, object] = [fresh('user'), fresh('user:o')];
    await track(user, object, { verbs: ['opened', 'closed'] });
    const opened = await log({ actor: object, verb: 'opened' });
    await log({ actor: object, verb: 'open' });
    const closed = await log({ actor: object, verb: 'closed' });
    expect(await actionsOf(user)).toEqual([closed, opened]);
  });

  test('delivers one item, even if other trackers match and users are notified', async () => {
    const [user, object, robot, kind] = [fresh('user'), fresh('project:p'), fresh('robot'), fresh('kind')];
    const socket = await hub.socket(user);
    await track(user, [object, `${robot}:r1`, kind], { actorOnly: false });
    await track(user, robot, { verbs: ['did'] });
    const targets = [object, `${kind}:1`, `${kind}:2`];
    const id = await log({ actor: `${robot}:r1`, targets, related: object, notify: [user, user] });
    expect(await actionsOf(user)).toEqual([id]);
    expect(await until(() => socket.counts.at(-1))).toMatchObject({ unread: 1, unseen: 1 });
    expect(socket.items).toHaveLength(1);
  });

  test('that was removed delivers nothing more', async () => {
    const [user, object] = [fresh('user'), fresh('user:o')];
    await track(user, object);
    await log({ actor: object });
    await api.post(`/v1/users/${user}/untrack?wait=1`, { from: object });
    await log({ actor: object });
    expect(await actionsOf(user)).toEqual([]);
  });

  test('of one user delivers nothing to another', async () => {
    const [user, other, object] = [fresh('user'), fresh('user'), fresh('user:o')];
    await track(user, object);
    await log({ actor: object });
    expect(await actionsOf(other)).toEqual([]);
  });
});

describe('notify', () => {
  test('delivers an unread item to users without trackers, and to nobody else', async () => {
    const [user, other] = [fresh('user'), fresh('user')];
    const id = await log({ notify: [user] });
    expect(await feed(user)).toMatchObject([{ unread: true, seen: false, action: { id } }]);
    expect(await feed(other)).toEqual([]);
  });

  test('accepts a thousand users', async () => {
    const users = Array.from({ length: 1_000 }, () => fresh('user'));
    const before = (await storedCountsOf(hub)).items;
    await log({ notify: users });
    expect((await storedCountsOf(hub)).items - before).toBe(1_000);
  });

  test('is not part of responses', async () => {
    const user = fresh('user');
    const id = await log({ notify: [user] });
    expect((await api.get<Action>(`/v1/actions/${id}`)).body).not.toHaveProperty('notify');
  });
});

describe('an item arrives unread', () => {
  const early = '2026-01-01T00:00:00.000Z';
  const middle = '2026-02-01T00:00:00.000Z';
  const late = '2026-03-01T00:00:00.000Z';
  const arrivals = async (user: string) =>
    (await feed(user)).map(({ at, unread, seen }) => [at, unread ? 'unread' : 'read', seen]);

  test('from the `since` of its tracker on, inclusive; before it, read and seen', async () => {
    const [user, object] = [fresh('user'), fresh('user:o')];
    await track(user, object, { since: middle });
    for (const timestamp of [early, middle, late]) await log({ actor: object, timestamp });
    expect(await arrivals(user)).toEqual([
      [late, 'unread', false],
      [middle, 'unread', false],
      [early, 'read', true],
    ]);
  });

  test('from the creation of its tracker on, without `since`', async () => {
    const [user, object] = [fresh('user'), fresh('user:o')];
    await track(user, object);
    await log({ actor: object, timestamp: late });
    await log({ actor: object });
    expect((await arrivals(user)).map(([, how]) => how)).toEqual(['unread', 'read']);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['where only the first of two trackers makes it so', { since: early }, { since: late }, 'unread'],
    ['where only the second of two trackers makes it so', { since: late }, { since: early }, 'unread'],
    ['by no tracker that does not match', { since: late }, { since: early, verbs: ['undid'] }, 'read'],
    ['by no tracker of the actor alone', { since: late }, { since: early, actorOnly: true }, 'read'],
    ['by neither of two trackers', { since: late }, { since: late }, 'read'],
  ])('%s', async (_what, first, second, expected) => {
    const [user, one, two] = [fresh('user'), fresh('project:a'), fresh('project:z')];
    await track(user, one, { actorOnly: false, ...first });
    await track(user, two, { actorOnly: false, ...second });
    await log({ targets: [one, two], timestamp: middle });
    expect(await arrivals(user)).toEqual([[middle, expected, expected === 'read']]);
  });

  test('for a notified user, with any trackers', async () => {
    const [user, object] = [fresh('user'), fresh('user:o')];
    await track(user, object, { since: late });
    await log({ actor: object, timestamp: early, notify: [user] });
    expect(await arrivals(user)).toEqual([[early, 'unread', false]]);
  });

  test('except for its actor: that item is read and seen, and not counted', async () => {
    const user = fresh('user');
    const socket = await hub.socket(user);
    await track(user, [`user:${user}`, 'project:own'], { actorOnly: false, since: early });
    await log({ actor: `user:${user}`, targets: 'project:own', notify: [user] });
    expect((await arrivals(user)).map(([, how, seen]) => [how, seen])).toEqual([['read', true]]);
    const push = await until(() => socket.items[0]);
    expect(push.item).toMatchObject({ unread: false, seen: true });
    expect(await until(() => socket.counts.at(-1))).toMatchObject({ unread: 0, unseen: 0 });
  });
});

describe('the level', () => {
  test.each<[unknown, number]>([
    ['NULL', 0],
    ['HIDDEN', 0],
    [29, 0],
    [30, 1],
    ['ERROR', 1],
    [undefined, 1],
  ])('%s delivers %i items; the action is always stored', async (level, items) => {
    const [user, object] = [fresh('user'), fresh('user:o')];
    await track(user, object);
    const id = await log({ actor: object, level, notify: [user] });
    expect(await feed(user)).toHaveLength(items);
    expect(await api.get<Action>(`/v1/actions/${id}`)).toMatchObject({ status: 200, body: { id } });
  });
});
