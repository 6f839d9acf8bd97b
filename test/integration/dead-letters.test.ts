/** Dead letters: seen, retried and discarded by backends of their space. */
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHubServer } from '../../client-sdk/server/index.ts';
import { burialIn } from '../../core/dead-letter-burial.ts';
import { decide } from '../../core/grouping/decide.ts';
import { SettingsHandlers } from '../../core/handlers.ts';
import { createLogger } from '../../infra/log.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { RedisBus } from '../../infra/redis/bus.ts';
import { RedisClock } from '../../infra/redis/clock.ts';
import { laneKey } from '../../infra/redis/keys.ts';
import { RedisLanes } from '../../infra/redis/lanes.ts';
import type { Action, DeadLetter, FeedPage, LogAnswer, Page } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const PATH = '/v1/dead-letters';
const WHY = { reason: 'it failed', attempts: 8 };

let hub: TestHub;
let service: Api;
let redis: Redis;
let database: mongoose.Connection;
let spaces: MongoSpaces;
let lanes: RedisLanes;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
  service = await hub.service();
  redis = new Redis(hub.services.config.redisUrl);
  database = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  spaces = new MongoSpaces(database, hub.services.config.mongodbUri);
  lanes = new RedisLanes(redis, new RedisBus(redis), createLogger('test', 'silent'), burialIn(spaces));
});
afterAll(async () => {
  redis.disconnect();
  await database.close();
  await hub.close();
});
beforeEach(async () => {
  await hub.stopWorkers();
  for (const { space, lane } of await lanes.busy()) await redis.del(laneKey(space, lane));
  for (const { id } of await letters()) await service.send('DELETE', `${PATH}/${id}`);
});

async function letters(api = service): Promise<DeadLetter[]> {
  return (await api.get<Page<DeadLetter>>(`${PATH}?limit=100`)).body.items;
}

/** What is at the head of the one lane that holds something. */
async function head(space = 'default') {
  const [busy] = (await lanes.busy()).filter((each) => each.space === space);
  const [entry] = busy ? await lanes.read(space, busy.lane, 500) : [];
  if (!busy || !entry) throw new Error('nothing waits');
  return { ...busy, entry };
}

async function putAside(): Promise<void> {
  const { space, lane, entry } = await head();
  await lanes.bury(space, lane, entry.id, WHY);
}

const said = (user: string, more: object = {}) => ({
  actor: 'user:ada',
  verb: 'said',
  notify: [user],
  ...more,
});
const log = async (action: object): Promise<string> =>
  (await service.post<LogAnswer>('/v1/actions', action)).body.ids[0] ?? '';
const feedOf = async (user: string) =>
  (await service.get<FeedPage>(`/v1/users/${user}/feed`)).body.items.map(({ action }) => action.id);

describe('a dead letter', () => {
  test('says what it holds, why and since when, newest first and by pages', async () => {
    const first = await log(said('bob', { targets: 'issue:7', note: 'n' }));
    await putAside();
    const second = await log(said('bob'));
    await putAside();
    const all = await letters();
    expect(all.map(({ id }) => id)).toEqual([second, first]);
    expect(all[1]).toMatchObject({
      space: 'default',
      ...WHY,
      actions: [
        { id: first, actor: { id: 'ada' }, verb: 'said', targets: [{ id: '7' }], data: { note: 'n' } },
      ],
    });
    const page = (await service.get<Page<DeadLetter>>(`${PATH}?limit=1`)).body;
    expect(page.items).toEqual(all.slice(0, 1));
    const next = await service.get<Page<DeadLetter>>(`${PATH}?limit=1&cursor=${page.nextCursor}`);
    expect(next.body).toEqual({ items: all.slice(1), nextCursor: null });
    const metrics = await (await fetch(`${hub.url}/metrics`)).text();
    expect(Number(/^hubbub_dead_letters_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(2);
  });

  test('is for backends of its own space only', async () => {
    const id = await log(said('bob'));
    await putAside();
    const [user, other] = [await hub.api('ada'), await hub.service({ space: 'other' })];
    for (const [method, path] of [
      ['GET', PATH],
      ['POST', `${PATH}/${id}/retry`],
      ['DELETE', `${PATH}/${id}`],
    ] as const) {
      expect((await user.send(method, path)).status).toBe(403);
    }
    expect(await letters(other)).toEqual([]);
    expect((await other.send('POST', `${PATH}/${id}/retry`)).status).toBe(404);
    expect((await other.send('DELETE', `${PATH}/${id}`)).status).toBe(404);
    expect((await letters()).map((letter) => letter.id)).toEqual([id]);
  });

  test('answers callers who wait for its actions at once, without results', async () => {
    const begun = performance.now();
    const key = 'waited-for';
    const waiting = service.post<LogAnswer>('/v1/actions?wait=1', { ...said('bob'), key });
    await until(head, 'the action is in its lane');
    await putAside();
    expect(await waiting).toMatchObject({ status: 202, body: { ids: [expect.anything()] } });
    // As does a repeat of its key.
    const again = await service.post<LogAnswer>('/v1/actions?wait=1', { ...said('bob'), key });
    expect(again.status).toBe(202);
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  test('is delivered once when it is retried, however often and by however many', async () => {
    const id = await log(said('cy'));
    await putAside();
    expect(await letters()).toHaveLength(1);
    const path = `${PATH}/${id}/retry`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => service.send('POST', path)));
    answers.push(await service.send('POST', path));
    for (const answer of answers) expect(answer).toMatchObject({ status: 202, body: { ids: [id] } });
    expect(await letters()).toEqual([]);
    expect((await lanes.read('default', (await head()).lane, 500)).length).toBe(1);
    await hub.addWorker();
    await until(async () => (await feedOf('cy')).length > 0, 'it arrives');
    expect(await feedOf('cy')).toEqual([id]);
    expect((await service.send('POST', path)).status).toBe(202);
    expect((await service.send('DELETE', `${PATH}/${id}`)).status).toBe(404);
    await until(async () => (await lanes.busy()).length === 0, 'the lane is empty');
    expect(await feedOf('cy')).toEqual([id]);
  });

  test('can be put aside and retried again', async () => {
    const id = await log(said('dan'));
    for (let count = 0; count < 2; count += 1) {
      await putAside();
      expect((await letters()).map((letter) => letter.id)).toEqual([id]);
      expect((await service.send('POST', `${PATH}/${id}/retry`)).status).toBe(202);
    }
    await hub.addWorker();
    await until(async () => (await feedOf('dan')).length > 0, 'it arrives');
    expect(await letters()).toEqual([]);
  });

  test('merges into another action once, whether it was merged before or not', async () => {
    const { settings } = hub.services.config;
    const handlers = new SettingsHandlers(settings, () => undefined);
    const clock = new RedisClock(redis);
    for (const wasMerged of [true, false]) {
      const grouped = said('eve', { verb: `grouped ${wasMerged}`, groupingDelay: 600 });
      await hub.addWorker();
      const [into = ''] = (await service.post<LogAnswer>('/v1/actions?wait=1', grouped)).body.ids;
      await hub.stopWorkers();
      const id = await log(grouped);
      const { entry } = await head();
      const store = (await spaces.writer('default')).actions;
      // As far as a worker came before its entry failed.
      if (wasMerged) await decide({ store, handlers, pos: await clock.now('default') }, [entry]);
      await putAside();
      const [letter] = await letters();
      expect(letter?.id).toBe(id);
      // What came behind it was merged meanwhile.
      await hub.addWorker();
      await service.post<LogAnswer>('/v1/actions?wait=1', grouped);
      await service.send('POST', `${PATH}/${id}/retry`);
      await until(async () => (await lanes.busy()).length === 0, 'the lane is empty');
      const { body } = await service.get<Action>(`/v1/actions/${id}`);
      expect([body.id, body.count]).toEqual([into, 3]);
      await hub.stopWorkers();
    }
  });

  test('is gone when it is discarded', async () => {
    const id = await log(said('fay'));
    await putAside();
    const path = `${PATH}/${id}`;
    expect(await service.send('DELETE', path)).toMatchObject({ status: 200, body: { id } });
    expect((await service.send('DELETE', path)).status).toBe(404);
    expect((await service.send('POST', `${path}/retry`)).status).toBe(404);
    expect(await letters()).toEqual([]);
  });

  test('is made of an entry that cannot be read, which cannot be retried', async () => {
    await redis.xadd(laneKey('default', 7), '*', 'a', '{');
    await lanes.read('default', 7, 1);
    const [letter] = await letters();
    expect(letter).toMatchObject({ actions: null, reason: 'the entry cannot be read' });
    const refused = await service.send<Problem>('POST', `${PATH}/${letter?.id}/retry`);
    expect([refused.status, refused.body.code]).toEqual([422, 'unprocessable']);
  });

  test('makes room for newer ones: 250 of a space are kept', async () => {
    const { deadLetters } = await spaces.writer('full');
    const made = (index: number) => ({
      ...WHY,
      id: `letter-${index}`,
      entry: `1.${index}`,
      at: index,
      actions: [],
      ids: [`id-${index}`],
    });
    for (let index = 0; index < 250; index += 1) expect(await deadLetters.put(made(index))).toEqual([]);
    expect(await deadLetters.put(made(250))).toEqual([{ id: 'letter-0', ids: ['id-0'] }]);
  });

  test('has typed calls in the backend SDK', async () => {
    const secret = hub.services.env.HUBBUB_JWT_SECRET;
    if (secret === undefined) throw new Error('there is no secret');
    const backend = createHubServer({ url: hub.url, secret });
    const ids = [await log(said('gus'))];
    await putAside();
    ids.push(await log(said('gus')));
    await putAside();
    const page = await backend.deadLetters({ limit: 1 });
    expect(page.items.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await backend.retryDeadLetter(ids[0] ?? '')).toEqual({ ids: ids.slice(0, 1) });
    expect(await backend.discardDeadLetter(ids[1] ?? '')).toEqual({ id: ids[1] });
    expect((await backend.deadLetters()).items).toEqual([]);
  });
});
