/** Workers share the times of snoozed items in Redis. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { asMillis } from '../../core/model/units.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { RedisSnoozeEnds } from '../../infra/redis/snooze-ends.ts';
import { RedisProcess } from '../support/redis-process.ts';

let redis: RedisProcess;
let ends: RedisSnoozeEnds;
beforeAll(async () => {
  redis = await RedisProcess.start();
});
afterAll(() => redis.close());
beforeEach(async () => {
  await redis.client.flushall();
  ends = new RedisSnoozeEnds(redis.client, new Shards(1));
});

const NOW = 1_800_000_000_000;
/** A claim holds for less than this. */
const CLAIM_MS = 3_000;
const add = (space: string, time: number) => ends.add(space, asMillis(NOW + time));
const claim = async (time: number) => (await ends.claim(FIRST_SHARD, asMillis(NOW + time))).sort();

test('a space is claimed at its earliest time, by one worker', async () => {
  await add('one', 500);
  await add('one', 100);
  await add('one', 900);
  await add('two', 200);
  expect(await claim(99)).toEqual([]);
  expect(await claim(100)).toEqual(['one']);
  expect(await claim(200)).toEqual(['two']);
  expect(await claim(900)).toEqual([]);
});

test('a space whose worker died is claimed again, once', async () => {
  await add('one', 0);
  expect(await claim(0)).toEqual(['one']);
  expect(await claim(CLAIM_MS)).toEqual(['one']);
  expect(await claim(CLAIM_MS)).toEqual([]);
});

test('a space whose worker died with a clock that was ahead is claimed at once', async () => {
  await add('one', 0);
  expect(await claim(240_000)).toEqual(['one']);
  expect(await claim(0)).toEqual(['one']);
  expect(await claim(1)).toEqual([]);
});

test('a released space is not claimed again until its next time, which may come during the claim', async () => {
  await add('one', 0);
  await add('two', 0);
  expect(await claim(0)).toEqual(['one', 'two']);
  await add('one', 400);
  for (const space of ['one', 'two']) await ends.release(space);
  expect(await claim(399)).toEqual([]);
  expect(await claim(CLAIM_MS)).toEqual(['one']);
});
