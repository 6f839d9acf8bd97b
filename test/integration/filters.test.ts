/** Filters of long lists: a filtered page costs about as much as an unfiltered one, and nothing is missing. */
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallerDisconnectedError, ReadTimeoutError } from '../../core/errors.ts';
import type { StoredAction, StoredItem } from '../../core/model/entities.ts';
import { groupItems } from '../../core/model/item-groups.ts';
import { itemId } from '../../core/model/keys.ts';
import { asMillis, asPosition } from '../../core/model/units.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import type { Action, FeedPage, Page } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const ACTIONS = 20_000;
const CHUNK = 1_000;
const START = Date.now() - ACTIONS * 60_000;

/** One in 7,000 is also about B; the oldest two have another verb. */
const action = (n: number): StoredAction => ({
  id: `a${String(n).padStart(8, '0')}`,
  actor: { type: 'user', id: `actor-${n % 50}` },
  verb: n < 2 ? 'founded' : 'closed',
  targets: [{ type: 'task', id: String(n) }, ...(n % 7_000 === 1 ? [{ type: 'issue', id: 'B' }] : [])],
  related: [{ type: 'project', id: 'A' }],
  level: 30,
  data: { text: 'x'.repeat(200) },
  timestamp: asMillis(START + n * 60_000),
  updatedAt: asMillis(START + n * 60_000),
  count: 1,
  notify: [],
  version: n + 1,
});

const item = ({ id, timestamp }: StoredAction): StoredItem => ({
  id: itemId(id, 'ada'),
  user: 'ada',
  action: id,
  at: timestamp,
  position: asPosition(timestamp * 1_000),
  deliveredPosition: asPosition(timestamp * 1_000),
  version: 1,
  unread: false,
  seen: true,
});

const aboutB = [14_001, 7_001, 1].map((n) => action(n).id);
const founded = [1, 0].map((n) => action(n).id);

describe('with an object that has many actions, all in a feed', () => {
  let hub: TestHub;
  let connection: mongoose.Connection;
  let spaces: MongoSpaces;

  beforeAll(async () => {
    hub = await TestHub.start({ workers: 0 });
    const uri = hub.services.config.mongodbUri;
    connection = await mongoose.createConnection(uri, { autoIndex: false }).asPromise();
    spaces = new MongoSpaces(connection, uri);
    const stores = await spaces.writer('default');
    for (let first = 0; first < ACTIONS; first += CHUNK) {
      const some = Array.from({ length: CHUNK }, (_, index) => action(first + index));
      await stores.actions.insertInOrder(some, asPosition(1));
      await stores.feeds.insert(groupItems(some.map(item)));
    }
  }, 180_000);
  afterAll(async () => {
    await connection.close();
    await hub.close();
  });

  /** The ids of all pages, and the number of pages. */
  async function all(path: string): Promise<{ ids: string[]; pages: number }> {
    const api = await hub.service();
    const ids: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const response = await api.get<Page<Action> | FeedPage>(path + next);
      expect(response.status).toBe(200);
      ids.push(...response.body.items.map((each) => ('action' in each ? each.action.id : each.id)));
      cursor = response.body.nextCursor;
    }
    return { ids, pages };
  }

  async function msOf(work: () => Promise<unknown>): Promise<number> {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  }

  test('two objects at once are found by the rarer one', async () => {
    const api = await hub.service();
    const plain = await msOf(() => api.get('/v1/objects/project:A/actions'));
    const filtered = await msOf(async () => {
      expect(await all('/v1/objects/project:A/actions?object=issue:B')).toEqual({ ids: aboutB, pages: 1 });
    });
    // A scan of all actions takes more than twenty pages.
    expect(filtered).toBeLessThan(5 * plain + 500);
    expect((await all('/v1/objects/issue:B/actions?object=project:A')).ids).toEqual(aboutB);
    expect((await all('/v1/actions?related=project:A&target=issue:B')).ids).toEqual(aboutB);
    const targets = '/v1/objects/issue:B/actions?as=target&target=task:7001';
    expect((await all(targets)).ids).toEqual([aboutB[1]]);
  });

  test('rare actions are found, in one response or by cursors', async () => {
    expect((await all('/v1/objects/project:A/actions?verb=founded')).ids).toEqual(founded);
    expect((await all('/v1/actions?verb=founded&level=30')).ids).toEqual(founded);
    expect((await all('/v1/objects/project:A/actions?verb=never')).ids).toEqual([]);
  });

  test('a feed is filtered by an object with few actions in one response', async () => {
    const api = await hub.service();
    const plain = await msOf(() => api.get('/v1/users/ada/feed'));
    const filtered = await msOf(async () => {
      expect(await all('/v1/users/ada/feed?object=issue:B')).toEqual({ ids: aboutB, pages: 1 });
    });
    expect(filtered).toBeLessThan(5 * plain + 500);
    expect((await all('/v1/users/ada/feed?object=issue:B&limit=2')).ids).toEqual(aboutB);
    expect((await all('/v1/users/ada/feed?object=issue:B&verb=founded')).ids).toEqual([aboutB[2]]);
    expect((await all('/v1/users/ada/feed?object=issue:B&unread=1')).ids).toEqual([]);
    expect((await all('/v1/users/bob/feed?object=issue:B')).ids).toEqual([]);
  });

  test('a feed is filtered by a rare verb in few responses', async () => {
    const { ids, pages } = await all('/v1/users/ada/feed?verb=founded');
    expect(ids).toEqual(founded);
    // Each response scans 10,000 items, or scans for two seconds.
    expect(pages).toBeLessThanOrEqual(20);
    const many = await all(
      '/v1/users/ada/feed?object=project:A&limit=100&since=2020-01-01T00:00:00Z&level=40',
    );
    expect(many.ids).toEqual([]);
  });

  test('a read stops if it is too slow, or if its caller disconnects', async () => {
    const stores = spaces.reader('default');
    await expect(
      stores.actions.find({ key: 'project:A', verbs: ['never'], limit: 1, maxTimeMs: asMillis(1) }),
    ).rejects.toBeInstanceOf(ReadTimeoutError);
    const abort = new AbortController();
    const bound = spaces.reader('default', abort.signal);
    const reading = [
      bound.actions.find({ key: 'project:A', verbs: ['never'], limit: 1 }),
      bound.feeds.scan({ user: 'ada', after: null, limit: 10_000 }),
      bound.feeds.counts('ada'),
      bound.events.stats('ada', 10),
      bound.trackers.scan({ user: 'ada', limit: 10 }),
      bound.objects.deleted(['project:A']),
    ].map((read) => read.then(() => 'done').catch((error: unknown) => error));
    abort.abort(new CallerDisconnectedError());
    for (const outcome of await Promise.all(reading)) expect(outcome).toBeInstanceOf(CallerDisconnectedError);
    await expect(bound.actions.byIds(['a'])).rejects.toBeInstanceOf(CallerDisconnectedError);
    // The pool replaces closed connections.
    expect(await stores.actions.find({ key: 'issue:B', limit: 10 })).toHaveLength(3);
  });

  test('abandoned reads do not delay others', async () => {
    const other = await hub.api('bob');
    const quick = async () => {
      const times: number[] = [];
      for (let times_ = 0; times_ < 10; times_ += 1)
        times.push(await msOf(() => other.get('/v1/users/bob/feed/counts')));
      return times.sort((left, right) => left - right)[5] ?? 0;
    };
    /** How many reads of a feed have ended so far, and how many of them were abandoned. */
    const ended = async () => {
      const text = await (await fetch(`${hub.url}/metrics`)).text();
      const ends = [...text.matchAll(/route="\/v1\/users\/:id\/feed",status="(\d+)"\} (\d+)/g)];
      const sum = (counts: typeof ends) => counts.reduce((total, [, , count]) => total + Number(count), 0);
      return { all: sum(ends), abandoned: sum(ends.filter(([, status]) => status === '499')) };
    };
    const before = await ended();
    const baseline = await quick();
    const token = await tokenFor('ada');
    const abort = new AbortController();
    const reading = Array.from({ length: 25 }, () =>
      fetch(`${hub.url}/v1/users/ada/feed?verb=never`, {
        headers: { authorization: `Bearer ${token}` },
        signal: abort.signal,
      }).catch(() => null),
    );
    // The first reads are running. On a busy machine some of them end.
    await quick();
    abort.abort();
    await Promise.all(reading);
    expect(await quick()).toBeLessThan(10 * baseline + 250);
    const { abandoned } = await until(async () => {
      const now = await ended();
      return now.all === before.all + 25 && now;
    }, 'all reads have ended');
    expect(abandoned).toBeGreaterThan(before.abandoned);
    // None of them still holds a slot: the next call of the same kind does not wait.
    const api = await hub.api('ada');
    const firstMs = await msOf(() => api.get('/v1/users/ada/feed?verb=never&limit=1'));
    const secondMs = await msOf(() => api.get('/v1/users/ada/feed?verb=never&limit=1'));
    expect(firstMs).toBeLessThan(5 * secondMs + 500);
  });

  test('a flooding socket does not delay others, and is refused above its rate', async () => {
    const [flooding, other] = [await hub.socket('ada'), await hub.socket('bob')];
    const quick = () => msOf(() => other.get('feed:list', {}));
    await quick();
    const baseline = Math.min(await quick(), await quick());
    // A filter makes each call expensive, so that a slow machine also reaches the rate limit.
    const acks = Array.from({ length: 5_000 }, () =>
      flooding.request('feed:list', { limit: 1, verb: 'closed' }),
    );
    const during = Math.min(await quick(), await quick(), await quick());
    expect(during).toBeLessThan(20 * baseline + 1_000);
    const refused = acks.map(async (ack) => {
      const response = await ack;
      if (response.ok || response.error.retryAfterMs === undefined) return new Promise<never>(() => {});
      return response.error;
    });
    expect(await Promise.race(refused)).toMatchObject({ code: 'rate_limited', retryable: true });
    flooding.close();
  });
});
