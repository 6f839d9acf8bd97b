/** Log records of errors from database drivers contain neither user data nor passwords. */
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../../infra/log.ts';
import { connectRedis } from '../../infra/redis/connect.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const WRITTEN = 'a private note of Ada';
const PASSWORD = 'hunter2-of-the-database';

let services: TestServices;
let redis: Redis;
let mongo: mongoose.Connection;
beforeAll(async () => {
  services = await isolatedServices();
  redis = new Redis(services.config.redisUrl);
  mongo = await mongoose.createConnection(services.config.mongodbUri).asPromise();
});
afterAll(async () => {
  redis.disconnect();
  await mongo.close();
  await services.remove();
});

function capture() {
  const lines: string[] = [];
  const log = createLogger('gateway', 'info', { write: (line: string) => void lines.push(line) });
  return { log, lines };
}

const thrownBy = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

/** Typed so that the compiler cannot compare it with a schema. */
const written = (field: string): Record<string, never> => JSON.parse(JSON.stringify({ [field]: WRITTEN }));

const nested = (depth: number): unknown => (depth === 0 ? WRITTEN : { [WRITTEN]: nested(depth - 1) });

test.each<[string, () => unknown]>([
  [
    'Redis refuses a command',
    async () => {
      await redis.set('text', 'x');
      await redis.xadd('text', '*', 'body', WRITTEN);
    },
  ],
  ['Redis does not know a command', () => redis.call('NOSUCH', WRITTEN)],
  ['a script fails', () => redis.eval(`return redis.call('xadd', KEYS[1])`, 1, WRITTEN)],
  ['a script throws', () => redis.eval('error(ARGV[1])', 0, `{${WRITTEN}}`)],
  [
    'MongoDB has the id',
    () => mongo.collection<{ _id: string }>('items').insertMany([{ _id: WRITTEN }, { _id: WRITTEN }]),
  ],
  [
    'MongoDB refuses an update',
    () => mongo.collection('items').updateOne({ a: WRITTEN }, { $set: { 'a.b': 1 } }, { upsert: true }),
  ],
  [
    'mongoose refuses a document',
    () => mongo.model('Note', new mongoose.Schema({ at: Number })).create(written('at')),
  ],
  [
    'a query cannot be cast',
    () => mongo.model('Other', new mongoose.Schema({ at: Number })).find(written('at')),
  ],
  ['a schema refuses input', () => z.strictObject({}).parse({ [WRITTEN]: 1 })],
  ['text is no JSON', () => JSON.parse(WRITTEN)],
  ['a thrown value is not an error', () => Promise.reject({ body: WRITTEN, nested: nested(3) })],
  [
    'an error holds more than a message',
    () => {
      throw Object.assign(
        new Error('it failed', { cause: Object.assign(new Error('why'), { body: WRITTEN }) }),
        {
          command: { args: [WRITTEN] },
        },
      );
    },
  ],
])('no data is logged if %s', async (_what, work) => {
  const error = await thrownBy(work);
  const { log, lines } = capture();
  log.error({ err: error }, 'a request failed');
  log.error({ err: error });
  if (error instanceof Error) log.error(error);
  if (error instanceof Error) log.error(error, 'a request failed');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  for (const line of lines) {
    expect(line).not.toContain('private note');
    const { err } = JSON.parse(line);
    expect(
      Object.keys(err).filter((key) => !['type', 'message', 'code', 'stack', 'cause'].includes(key)),
    ).toEqual([]);
    expect(err.message).not.toBe('');
  }
});

test('type, message, stack and cause of an error are logged, and the message is limited', () => {
  const { log, lines } = capture();
  const cause = new RangeError('why');
  log.warn({ err: new TypeError('x'.repeat(10_000), { cause }) }, 'it failed');
  const { err } = JSON.parse(lines[0] ?? '');
  expect(err).toMatchObject({ type: 'TypeError', cause: { type: 'RangeError', message: 'why' } });
  expect(err.message).toHaveLength(501);
  expect(err.stack).toMatch(/^TypeError: x+…\n {4}at .+logged-errors/);
  expect(err.stack.length).toBeLessThan(5_000);
});

test('a message that looks like a stack adds no line to it', () => {
  const { log, lines } = capture();
  log.warn({ err: new Error('first\n    at forged (evil.js:1:1)') }, 'it failed');
  const { err } = JSON.parse(lines[0] ?? '');
  expect(err.stack.split('\n').slice(2).join('\n')).not.toContain('forged');
});

test('neither passwords nor tokens are logged', async () => {
  const { log, lines } = capture();
  const unreachable = connectRedis(`redis://admin:${PASSWORD}@127.0.0.1:1/0`, log);
  await until(() => lines.length > 0, 'the failed connection is logged');
  unreachable.disconnect();
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLXRoZS1odWI';
  for (const text of [
    `cannot parse mongodb://admin:${PASSWORD}@one.example.com,two.example.com/hubbub`,
    `redis://:${PASSWORD}@10.0.0.1 refused`,
    `Bearer ${token} is not valid`,
  ]) {
    log.error({ err: new Error(text, { cause: new Error(text) }) }, 'it failed');
    log.error({ err: text }, 'it failed');
  }
  const logged = lines.join('');
  expect(logged).not.toContain(PASSWORD);
  expect(logged).not.toContain('c2lnbmF0dXJl');
  expect(logged).toContain('…@one.example.com,two.example.com/hubbub');
});
