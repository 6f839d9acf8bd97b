/** Dead letters: backends of their space can list, retry and discard them. */
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHubServer } from '../../client-sdk/node/src/index.ts';
import { storeDeadLettersIn } from '../../core/dead-letters/store.ts';
import { commitBatch } from '../../core/grouping/commit.ts';
import { SettingsHandlers } from '../../core/handlers/handlers.ts';
import { asMillis } from '../../core/model/units.ts';
import { createLogger } from '../../infra/log.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { RedisBus } from '../../infra/redis/bus.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { RedisPartitionQueue } from '../../infra/redis/partition-queue.ts';
import { RedisClock } from '../../infra/redis/position-clock.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { Action, DeadLetter, FeedPage, LogAnswer, Page } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

const PATH = '/v1/dead-letters';
const FAILURE = { reason: 'it failed', attempts: 8 };

let hub: TestHub;
let service: Api;
let redis: Redis;
let database: mongoose.Connection;
let spaces: MongoSpaces;
let partitions: RedisPartitionQueue;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
  service = await hub.service();
  redis = new Redis(hub.services.config.redisUrl);
  database = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
  spaces = new MongoSpaces(database, hub.services.config.mongodbUri);
  partitions = new RedisPartitionQueue(
    redis,
    shards,
    new RedisBus(redis, shards),
    createLogger('test', 'silent'),
    storeDeadLettersIn(spaces),
  );
});
afterAll(async () => {
  redis.disconnect();
  await database.close();
  await hub.close();
});
beforeEach(async () => {
  await hub.stopWorkers();
  for (const { space, partition } of await partitions.busyPartitions())
    await redis.del(FIRST_SHARD.partitionKey(space, partition));
  for (const { id } of await letters()) await service.send('DELETE', `${PATH}/${id}`);
});

async function letters(api = service): Promise<DeadLetter[]> {
  return (await api.get<Page<DeadLetter>>(`${PATH}?limit=100`)).body.items;
}

/** The first record of the only non-empty partition. */
async function firstRecord(space = 'default') {
  const [busy] = (await partitions.busyPartitions()).filter((each) => each.space === space);
  const [record] = busy
    ? (await partitions.read(space, [busy.partition], { actions: 500, bytes: 1_000_000 })).batches.flatMap(
        ({ records }) => records,
      )
    : [];
  if (!busy || !record) throw new Error('nothing waits');
  return { ...busy, record };
}

async function deadLetterFirstRecord(): Promise<void> {
  const { space, partition, record } = await firstRecord();
  await partitions.moveToDeadLetters(space, partition, record.id, FAILURE);
}

const saidAction = (user: string, more: object = {}) => ({
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
  test('contains its actions, the reason and the time; lists are newest first and paged', async () => {
    const first = await log(saidAction('bob', { targets: 'issue:7', note: 'n' }));
    await deadLetterFirstRecord();
    const second = await log(saidAction('bob'));
    await deadLetterFirstRecord();
    const all = await letters();
    expect(all.map(({ id }) => id)).toEqual([second, first]);
    expect(all[1]).toMatchObject({
      space: 'default',
      ...FAILURE,
      actions: [
        { id: first, actor: { id: 'ada' }, verb: 'said', targets: [{ id: '7' }], data: { note: 'n' } },
      ],
    });
    const firstPage = (await service.get<Page<DeadLetter>>(`${PATH}?limit=1`)).body;
    expect(firstPage.items).toEqual(all.slice(0, 1));
    const next = await service.get<Page<DeadLetter>>(`${PATH}?limit=1&cursor=${firstPage.nextCursor}`);
    expect(next.body).toEqual({ items: all.slice(1), nextCursor: null });
    const metrics = await (await fetch(`${hub.url}/metrics`)).text();
    expect(Number(/^hubbub_dead_letters_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(2);
  });

  test('is for backends of its own space only', async () => {
    const id = await log(saidAction('bob'));
    await deadLetterFirstRecord();
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

  test('responds at once to callers that wait for its actions, without results', async () => {
    const startedAt = performance.now();
    const key = 'waited-for';
    const pendingCall = service.post<LogAnswer>('/v1/actions?wait=1', { ...saidAction('bob'), key });
    await until(firstRecord, 'the action is in its partition');
    await deadLetterFirstRecord();
    expect(await pendingCall).toMatchObject({ status: 202, body: { ids: [expect.anything()] } });
    // A repeated request with the same key responds at once, too.
    const repeated = await service.post<LogAnswer>('/v1/actions?wait=1', { ...saidAction('bob'), key });
    expect(repeated.status).toBe(202);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  test('is delivered once, no matter how often it is retried', async () => {
    const id = await log(saidAction('cy'));
    await deadLetterFirstRecord();
    expect(await letters()).toHaveLength(1);
    const path = `${PATH}/${id}/retry`;
    const responses = await Promise.all(Array.from({ length: 5 }, () => service.send('POST', path)));
    responses.push(await service.send('POST', path));
    for (const response of responses) expect(response).toMatchObject({ status: 202, body: { ids: [id] } });
    expect(await letters()).toEqual([]);
    expect(
      (
        await partitions.read('default', [(await firstRecord()).partition], {
          actions: 500,
          bytes: 1_000_000,
        })
      ).batches.flatMap(({ records }) => records).length,
    ).toBe(1);
    await hub.addWorker();
    await until(async () => (await feedOf('cy')).length > 0, 'it arrives');
    expect(await feedOf('cy')).toEqual([id]);
    expect((await service.send('POST', path)).status).toBe(202);
    expect((await service.send('DELETE', `${PATH}/${id}`)).status).toBe(404);
    await until(async () => (await partitions.busyPartitions()).length === 0, 'the partition is empty');
    expect(await feedOf('cy')).toEqual([id]);
  });

  test('can be dead-lettered and retried again', async () => {
    const id = await log(saidAction('dan'));
    for (let count = 0; count < 2; count += 1) {
      await deadLetterFirstRecord();
      expect((await letters()).map((letter) => letter.id)).toEqual([id]);
      expect((await service.send('POST', `${PATH}/${id}/retry`)).status).toBe(202);
    }
    await hub.addWorker();
    await until(async () => (await feedOf('dan')).length > 0, 'it arrives');
    expect(await letters()).toEqual([]);
  });

  test('merges into another action once, whether or not it was merged before', async () => {
    const { settings } = hub.services.config;
    const handlers = new SettingsHandlers(settings, () => undefined);
    const clock = new RedisClock(redis, shards);
    for (const wasMerged of [true, false]) {
      const grouped = saidAction('eve', { verb: `grouped ${wasMerged}`, groupingDelay: 600 });
      await hub.addWorker();
      const [into = ''] = (await service.post<LogAnswer>('/v1/actions?wait=1', grouped)).body.ids;
      await hub.stopWorkers();
      const id = await log(grouped);
      const { record } = await firstRecord();
      const store = (await spaces.writer('default')).actions;
      // The state after a worker that committed the record and then failed.
      if (wasMerged) await commitBatch({ store, handlers, position: await clock.now('default') }, [record]);
      await deadLetterFirstRecord();
      const [letter] = await letters();
      expect(letter?.id).toBe(id);
      // A later action was merged meanwhile.
      await hub.addWorker();
      await service.post<LogAnswer>('/v1/actions?wait=1', grouped);
      await service.send('POST', `${PATH}/${id}/retry`);
      await until(async () => (await partitions.busyPartitions()).length === 0, 'the partition is empty');
      const { body } = await service.get<Action>(`/v1/actions/${id}`);
      expect([body.id, body.count]).toEqual([into, 3]);
      await hub.stopWorkers();
    }
  });

  test('is gone when it is discarded', async () => {
    const id = await log(saidAction('fay'));
    await deadLetterFirstRecord();
    const path = `${PATH}/${id}`;
    expect(await service.send('DELETE', path)).toMatchObject({ status: 200, body: { id } });
    expect((await service.send('DELETE', path)).status).toBe(404);
    expect((await service.send('POST', `${path}/retry`)).status).toBe(404);
    expect(await letters()).toEqual([]);
  });

  test('is created for an unreadable record, which cannot be retried', async () => {
    await redis.xadd(FIRST_SHARD.partitionKey('default', 7), '*', 'a', '{');
    await partitions.read('default', [7], { actions: 1, bytes: 1_000_000 });
    const [letter] = await letters();
    expect(letter).toMatchObject({ actions: null, reason: 'the batch record cannot be read' });
    const refused = await service.send<Problem>('POST', `${PATH}/${letter?.id}/retry`);
    expect([refused.status, refused.body.code]).toEqual([422, 'unprocessable']);
  });

  test('is evicted by newer ones: a space keeps 250', async () => {
    const { deadLetters } = await spaces.writer('full');
    const letterNumber = (index: number) => ({
      ...FAILURE,
      id: `letter-${index}`,
      entry: `1.${index}`,
      at: asMillis(index),
      actions: [],
      ids: [`id-${index}`],
    });
    for (let index = 0; index < 250; index += 1)
      expect(await deadLetters.put(letterNumber(index))).toEqual([]);
    expect(await deadLetters.put(letterNumber(250))).toEqual([{ id: 'letter-0', ids: ['id-0'] }]);
  });

  test('has typed calls in the backend SDK', async () => {
    const secret = hub.services.env.HUBBUB_JWT_SECRET;
    if (secret === undefined) throw new Error('there is no secret');
    const backend = createHubServer({ url: hub.url, secret });
    const ids = [await log(saidAction('gus'))];
    await deadLetterFirstRecord();
    ids.push(await log(saidAction('gus')));
    await deadLetterFirstRecord();
    const page = await backend.deadLetters({ limit: 1 });
    expect(page.items.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await backend.retryDeadLetter(ids[0] ?? '')).toEqual({ ids: ids.slice(0, 1) });
    expect(await backend.discardDeadLetter(ids[1] ?? '')).toEqual({ id: ids[1] });
    expect((await backend.deadLetters()).items).toEqual([]);
  });
});
