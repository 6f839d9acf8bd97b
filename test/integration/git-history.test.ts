import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModels } from '../../infra/mongo/models.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import type { FeedItem, FeedPage } from '../../protocol/entities.ts';
import { generateHistory, History } from '../support/git-history.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

/** A real history instead of a generated one. */
const given = process.env.HUBBUB_TEST_HISTORY;
const COMMITS = 5_200;
const run = promisify(execFile);

let hub: HubProcesses;
let history: History;
let service: Api;
beforeAll(async () => {
  history = given ? new History(given) : await generateHistory(COMMITS);
  hub = await HubProcesses.start({ gateways: 1, workers: 2 });
  service = new Api(hub.urls[0] ?? '', await serviceToken());
});
afterAll(async () => {
  await hub.close();
  if (!given) await rm(dirname(history.path), { recursive: true });
});

interface Follower {
  user: string;
  track: { to: unknown; actorOnly?: boolean; verbs?: string[]; since?: string };
  /** Hashes of the expected commits. */
  expected: string[];
  /** The unread ones among them; default: all. */
  unread?: string[];
}

async function followers(repository: string): Promise<Follower[]> {
  const since = '1970-01-01T00:00:00.000Z';
  const all = await history.all();
  const times = await history.times();
  const authors = [...(await history.byAuthor())].sort(([, left], [, right]) => right.length - left.length);
  const middle = [...times.values()].sort((left, right) => left - right)[Math.floor(times.size / 2)] ?? 0;
  const list: Follower[] = [
    { user: 'everything', track: { to: 'repository', actorOnly: false, since }, expected: all },
    {
      user: 'nothing',
      track: { to: 'repository', actorOnly: false, since, verbs: ['reviewed'] },
      expected: [],
    },
    { user: 'actor-only', track: { to: `repository:${repository}`, since }, expected: [] },
    {
      user: 'newcomer',
      track: { to: `repository:${repository}`, actorOnly: false, since: new Date(middle).toISOString() },
      expected: all,
      unread: all.filter((hash) => (times.get(hash) ?? 0) >= middle),
    },
  ];
  for (const [id, commits] of authors.slice(0, 8)) {
    list.push({ user: `fan of ${id}`, track: { to: { type: 'user', id }, since }, expected: commits });
  }
  for (const folder of await history.topFolders(8)) {
    const to = { type: 'folder', id: `${repository}/${folder}` };
    list.push({
      user: `watcher of ${folder}`,
      track: { to, actorOnly: false, since },
      expected: await history.inFolder(folder),
    });
  }
  const [first] = authors;
  if (first) {
    const [id, own] = first;
    const track = { to: 'repository', actorOnly: false, since };
    list.push({ user: id, track, expected: all, unread: all.filter((hash) => !own.includes(hash)) });
  }
  return list;
}

const replay = (): Promise<{ stdout: string }> =>
  serviceToken().then((HUBBUB_TOKEN) =>
    run(
      process.execPath,
      ['--import', 'tsx', 'demo/replay.ts', '--git', history.path, '--url', hub.urls[0] ?? ''],
      { env: { ...process.env, HUBBUB_TOKEN } },
    ),
  );

async function feedOf(user: string): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const { status, body } = await service.get<FeedPage>(
      `/v1/users/${encodeURIComponent(user)}/feed?limit=100${query}`,
    );
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor);
  return items;
}

const commitOf = (item: FeedItem): string => String(item.action.data.commit);

test('a history replayed at full speed is in every feed exactly as in git', {
  timeout: 600_000,
}, async () => {
  const repository = (await run('git', ['-C', history.path, 'rev-parse', '--absolute-git-dir'])).stdout
    .trim()
    .replace(/\/\.git$/, '')
    .replace(/^.*\//, '');
  const expected = await followers(repository);
  for (const { user, track } of expected) {
    const { status } = await service.post(`/v1/users/${encodeURIComponent(user)}/track`, track);
    expect(status).toBe(202);
  }
  await replay();
  // A second replay logs nothing, because of the keys.
  await replay();

  const all = await history.all();
  const connection = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  const { actions } = createModels(connection);
  await until(async () => (await actions.countDocuments()) >= all.length, 'every commit is stored', 300_000);
  const redis = new Redis(hub.services.config.redisUrl);
  await until(
    async () => (await redis.zcard(FIRST_SHARD.pendingKey('default'))) === 0,
    'every commit is in feeds',
    300_000,
  );
  redis.disconnect();
  const stored = (await actions.find({}, { data: 1 }).lean()).map((doc) =>
    String(JSON.parse(doc.data ?? 'null').commit),
  );
  await connection.close();
  expect(stored.sort()).toEqual([...all].sort());

  for (const { user, expected: commits, unread = commits } of expected) {
    const items = await feedOf(user);
    expect(items.map(commitOf).sort(), `the feed of ${user}`).toEqual([...commits].sort());
    const unreadItems = items.filter((item) => item.unread);
    expect(unreadItems.map(commitOf).sort(), `unread of ${user}`).toEqual([...unread].sort());
    const { body: counts } = await service.get(`/v1/users/${encodeURIComponent(user)}/feed/counts`);
    const capped = unread.length > 999;
    expect(counts).toEqual({
      unread: capped ? 999 : unread.length,
      unseen: capped ? 999 : unread.length,
      capped,
    });
    const times = items.map((item) => item.at);
    expect(times, `the order of ${user}`).toEqual([...times].sort().reverse());
  }
});
