/** Rules 4 to 6 with two gateways and three workers: concurrent work has the result of a sequential order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, ActionInput, Counts, LogAnswer, LogResult, Page } from '../../protocol/entities.ts';
import { wholeFeed } from '../support/feeds.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { serviceToken } from '../support/tokens.ts';

/** Repetitions of concurrent tests. */
const ROUNDS = 20;
const rounds = Array.from({ length: ROUNDS }, (_, index) => `r${index}`);

let hub: TestHub;
/** The API of each gateway. */
let apis: Api[];
beforeAll(async () => {
  hub = await TestHub.start({
    gateways: 2,
    workers: 3,
    hub: {
      handlers: [
        { verb: 'reviewed', combineWith: { opened: () => true } },
        { verb: 'archived', combineWith: { opened: () => true } },
        { verb: 'listened', groupingDelay: 3_600, group: (newer, older) => newer.level === older.level },
      ],
    },
  });
  const token = await serviceToken();
  apis = hub.urls.map((url) => new Api(url, token));
});
afterAll(() => hub.close());

const api = (number: number): Api => {
  const found = apis[number % apis.length];
  if (!found) throw new Error('the hub has no gateway');
  return found;
};

async function logged(input: ActionInput | { actions: ActionInput[] }, number = 0): Promise<LogAnswer> {
  const response = await api(number).post<LogAnswer>('/v1/actions?wait=1', input);
  if (response.status !== 200) throw new Error(`logging was answered with ${response.status}`);
  return response.body;
}

async function stored(actor: string): Promise<Action[]> {
  const page = await api(0).get<Page<Action>>(`/v1/actions?limit=100&actor=${actor}`);
  expect(page.body.nextCursor).toBeNull();
  return page.body.items;
}

const counts = async (user: string): Promise<Counts> =>
  (await api(1).get<Counts>(`/v1/users/${user}/feed/counts`)).body;

async function follow(user: string, to: string): Promise<void> {
  expect((await api(0).post(`/v1/users/${user}/track?wait=1`, { to })).status).toBe(200);
}

/** Runs `count` tasks, `parallel` at a time. */
async function inParallel(count: number, parallel: number, work: (index: number) => Promise<unknown>) {
  let next = 0;
  const run = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: parallel }, run));
}

describe('five hundred similar actions of one actor at once', () => {
  test.each(rounds)('become one action, and one unread item of each follower (%s)', async (round) => {
    const actor = `user:ada-${round}`;
    const followers = ['bob', 'cy', 'dee'].map((name) => `${name}-${round}`);
    for (const follower of followers) await follow(follower, actor);
    const input = (index: number) => ({
      actor,
      verb: 'closed',
      targets: `issue:${index % 50}`,
      related: 'project:p1',
      groupingDelay: 3_600,
      numbers: [index],
    });
    const outcomes: LogResult[] = [];
    await inParallel(499, 499, async (index) => {
      if (index % 10 === 0) outcomes.push(...((await logged(input(index), index)).results ?? []));
      else expect((await api(index).post('/v1/actions', input(index))).status).toBe(202);
    });
    // One partition keeps them in order: when the last is in feeds, all are.
    outcomes.push(...((await logged(input(499))).results ?? []));
    const actions = await stored(actor);
    expect(actions.map((action) => action.count)).toEqual([500]);
    const [action] = actions;
    expect(action?.targets).toHaveLength(50);
    expect(new Set(action?.data.numbers as number[]).size).toBe(500);
    expect(new Set(outcomes.map((each) => each.action.id))).toEqual(new Set([action?.id]));
    for (const { id, outcome } of outcomes) expect(outcome).toBe(id === action?.id ? 'created' : 'grouped');
    for (const follower of followers) {
      const items = await wholeFeed(api(1), follower);
      expect(items.map((item) => [item.action.id, item.action.count, item.unread])).toEqual([
        [action?.id, 500, true],
      ]);
      expect(items[0]?.at).toBe(action?.updatedAt);
      expect(await counts(follower)).toEqual({ unread: 1, unseen: 1, capped: false });
    }
  });
});

describe('twenty groups of ten actors, interleaved', () => {
  test.each(rounds)('become exactly twenty actions (%s)', async (round) => {
    const actors = Array.from({ length: 10 }, (_, index) => `user:actor-${round}-${index}`);
    const follower = `follower-${round}`;
    for (const actor of actors) await follow(follower, actor);
    // Ten actors with two groups each: a verb and an object per group, four actions each.
    const inputs = Array.from({ length: 4 }).flatMap((_, time) =>
      actors.flatMap((actor) =>
        ['opened', 'closed'].map((verb) => ({
          actor,
          verb,
          targets: [`issue:${verb}`],
          related: [`project:${time}`],
          groupingDelay: 3_600,
        })),
      ),
    );
    await inParallel(inputs.length, 40, async (index) => {
      const input = inputs[index];
      if (input) await logged(input, index);
    });
    for (const actor of actors) {
      const actions = await stored(actor);
      const groups = actions.map(({ verb, count, related }) => [
        verb,
        count,
        related.map(({ id }) => id).sort(),
      ]);
      expect(groups.sort()).toEqual([
        ['closed', 4, ['0', '1', '2', '3']],
        ['opened', 4, ['0', '1', '2', '3']],
      ]);
    }
    const items = await wholeFeed(api(1), follower);
    expect(items.map((item) => item.action.count)).toEqual(Array.from({ length: 20 }, () => 4));
    expect(await counts(follower)).toEqual({ unread: 20, unseen: 20, capped: false });
  });
});

describe('a batch', () => {
  test('returns the outcome of each action', async () => {
    const actor = 'user:batch';
    const response = await logged({
      actions: [
        { actor, verb: 'opened', targets: ['issue:1', 'issue:2'], note: 'first' },
        { actor, verb: 'reviewed', targets: 'issue:1', note: 'second', level: 'WARNING' },
        { actor, verb: 'archived', targets: 'issue:3' },
        { actor, verb: 'opened', targets: 'issue:3' },
        { actor, verb: 'opened', targets: ['issue:3', 'issue:2', 'issue:1'], related: 'project:p1' },
      ],
    });
    const [first] = response.ids;
    const results = response.results?.map(({ id, outcome, action }) => [
      response.ids.indexOf(id),
      outcome,
      action.id,
    ]);
    expect(results).toEqual([
      [0, 'created', first],
      [1, 'combined', first],
      [2, 'combined', first],
      [3, 'grouped', first],
      [4, 'grouped', first],
    ]);
  });

  test('resolves every id to the action that contains it', async () => {
    const actor = 'user:leads';
    const { ids } = await logged({
      actions: [
        { actor, verb: 'opened', targets: 'issue:1', data: { tags: ['a'], more: { x: 1 } }, level: 'DEBUG' },
        { actor, verb: 'reviewed', targets: 'issue:1', data: { tags: ['b', 'a'], more: { x: 2, y: 2 } } },
      ],
    });
    const found = await Promise.all(ids.map((id) => api(0).get<Action>(`/v1/actions/${id}`)));
    expect(new Set(found.map((each) => each.body.id))).toEqual(new Set([ids[0]]));
    expect(found[1]?.body).toMatchObject({
      verb: 'opened',
      count: 2,
      level: 30,
      data: { tags: ['a', 'b'], more: { x: 1, y: 2 } },
    });
  });
});

describe('the window', () => {
  test('is set by the arriving action, in both directions; -1 disables it', async () => {
    const base = { actor: 'user:window', verb: 'edited', targets: 'issue:1' };
    const start = Date.now() - 1_000_000;
    const time = (seconds: number) => new Date(start + seconds * 1_000).toISOString();
    const outcomes: string[] = [];
    for (const [seconds, groupingDelay] of [
      [0, 0],
      [60, 60],
      [121, 60],
      [61, 60],
      [121, -1],
      [121, 0],
    ] as const) {
      const { results } = await logged({ ...base, timestamp: time(seconds), groupingDelay });
      outcomes.push(results?.[0]?.outcome ?? '');
    }
    expect(outcomes).toEqual(['created', 'grouped', 'created', 'grouped', 'created', 'created']);
    const actions = await stored('user:window');
    // 61 is a minute from both: it merges into the newest, which keeps its time.
    expect(actions.map(({ timestamp, updatedAt, count }) => [timestamp, updatedAt, count]).sort()).toEqual(
      [
        [time(0), time(60), 2],
        [time(121), time(121), 2],
        [time(121), time(121), 1],
        [time(121), time(121), 1],
      ].sort(),
    );
  });

  test("defaults to the handler's, whose `group` decides what is similar", async () => {
    const base = {
      actor: 'user:handled',
      verb: 'listened',
      timestamp: new Date(Date.now() - 1_000_000).toISOString(),
    };
    const first = await logged({ ...base, targets: 'song:1', level: 40 });
    const second = await logged({ ...base, targets: 'song:1', related: 'album:1', level: 30 });
    const third = await logged({ ...base, targets: 'song:2', related: 'album:2', level: 40 });
    expect([first, second, third].map(({ results }) => results?.[0]?.outcome)).toEqual([
      'created',
      'created',
      'grouped',
    ]);
    expect(third.results?.[0]?.action.id).toBe(first.ids[0]);
  });
});

describe('an action that gains objects', () => {
  test('reaches the followers of these objects, and becomes unread again for the others', async () => {
    const actor = 'user:gaining';
    await follow('early', 'user:gaining');
    await api(0).post('/v1/users/late/track?wait=1', { to: 'issue:late', actorOnly: false });
    const base = { actor, verb: 'closed', related: 'project:gaining', groupingDelay: 3_600 };
    const { ids } = await logged({ ...base, targets: 'issue:early' });
    expect(await counts('early')).toMatchObject({ unread: 1 });
    expect(await counts('late')).toMatchObject({ unread: 0 });
    await api(0).post('/v1/users/early/feed/read?wait=1', { all: true });
    expect(await counts('early')).toMatchObject({ unread: 0 });
    await logged({ ...base, targets: 'issue:late' });
    for (const user of ['early', 'late']) {
      const items = await wholeFeed(api(0), user);
      expect(items.map((item) => [item.action.id, item.unread])).toEqual([[ids[0], true]]);
      expect(await counts(user)).toMatchObject({ unread: 1, unseen: 1 });
    }
  });
});
