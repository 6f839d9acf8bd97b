/** The worker's end of the lanes: how much of one is read at a time, and what becomes of what cannot be handled. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Buried } from '../../core/dead-letter-burial.ts';
import type { LoggedAction } from '../../core/model.ts';
import { idSource } from '../../infra/ids.ts';
import { createLogger } from '../../infra/log.ts';
import { laneKey } from '../../infra/redis/keys.ts';
import { RedisLanes } from '../../infra/redis/lanes.ts';
import { RedisActionQueue } from '../../infra/redis/queue.ts';
import { MemoryBus } from '../support/memory/bus.ts';
import { ownServices, type TestServices } from '../support/services.ts';

const SPACE = 'default';
const newId = idSource();
/** That of nobody's actions. */
const LANE = 0;

let services: TestServices;
let redis: Redis;
let bus: MemoryBus;
let lanes: RedisLanes;
let queue: RedisActionQueue;
let letters: Buried[];

beforeAll(async () => {
  services = await ownServices();
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});
beforeEach(async () => {
  await redis.flushdb();
  bus = new MemoryBus();
  letters = [];
  lanes = new RedisLanes(redis, bus, createLogger('test', 'silent'), async (_space, letter) => {
    letters.push(letter);
    return [];
  });
  queue = new RedisActionQueue(redis, () => undefined);
});

const action = (length = 0): LoggedAction => ({
  id: newId(),
  actor: null,
  verb: 'closed',
  targets: [{ type: 'issue', id: '7', url: 'u'.repeat(length) }],
  related: [],
  level: 30,
  data: {},
  timestamp: 0,
  updatedAt: 0,
  count: 1,
  notify: [],
});

/** Answers the ids. */
async function accept(...actions: LoggedAction[]): Promise<string[]> {
  const arriving = actions.map((each) => ({ action: each, key: null, hash: '' }));
  await queue.accept({ space: SPACE, subject: 'ada', key: null, hash: '', actions: arriving });
  return actions.map(({ id }) => id);
}

async function readIds(most: number): Promise<string[][]> {
  const entries = await lanes.read(SPACE, LANE, most);
  return entries.map((entry) => entry.actions.map(({ id }) => id));
}

describe('a lane', () => {
  it('is read from the oldest entry on, whole entries, until they hold enough actions', async () => {
    const batches: string[][] = [];
    for (let count = 0; count < 20; count += 1) batches.push(await accept(action(), action(), action()));
    expect(await readIds(1)).toEqual(batches.slice(0, 1));
    expect(await readIds(31)).toEqual(batches.slice(0, 11));
    expect(await readIds(500)).toEqual(batches);
  });

  it('is read no further than about 8 MB, and then from there on', async () => {
    const ids: string[][] = [];
    for (let count = 0; count < 12; count += 1) ids.push(await accept(action(1_000_000)));
    expect(await readIds(500)).toEqual(ids.slice(0, 9));
    const entries = await lanes.read(SPACE, LANE, 500);
    await lanes.drop(SPACE, LANE, entries);
    expect(await readIds(500)).toEqual(ids.slice(9));
    await redis.del(laneKey(SPACE, LANE));
    const [large] = await accept(action(9_000_000));
    await accept(action());
    expect(await readIds(500)).toEqual([[large]]);
  });

  it('goes on behind entries that cannot be read', async () => {
    for (let count = 0; count < 3; count += 1) await redis.xadd(laneKey(SPACE, LANE), '*', 'a', '{');
    const ids = await accept(action());
    expect(await readIds(1)).toEqual([ids]);
    expect(letters).toMatchObject(Array.from({ length: 3 }, () => ({ actions: null, ids: [] })));
  });
});

describe('an entry that no worker can handle', () => {
  const putAside = async (): Promise<void> => {
    const [head] = await lanes.read(SPACE, LANE, 1);
    if (head) await lanes.bury(SPACE, LANE, head.id, { reason: 'a reason', attempts: 8 });
  };

  it('leaves its lane and stays pending, so that nobody is told that it is in feeds', async () => {
    const [ids, next] = [await accept(action(), action()), await accept(action())];
    await putAside();
    expect(await readIds(500)).toEqual([next]);
    expect(await queue.pending(SPACE, [...ids, ...next])).toEqual([...ids, ...next]);
    expect(await queue.dead(SPACE, [...ids, ...next])).toEqual(ids);
    expect(letters).toMatchObject([{ id: ids[0], ids, reason: 'a reason', attempts: 8 }]);
    expect(bus.published).toMatchObject([{ message: { kind: 'settled', ids, dead: true } }]);
  });
});
