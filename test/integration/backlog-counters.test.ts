/** Whatever happens to what waits, the backlog's counters say what is there. */
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hash32 } from '../../core/keys.ts';
import type { LoggedAction } from '../../core/model.ts';
import { idSource } from '../../infra/ids.ts';
import { createLogger } from '../../infra/log.ts';
import { backlogKey, laneKey, pendingKey } from '../../infra/redis/keys.ts';
import { RedisLanes } from '../../infra/redis/lanes.ts';
import { LANES, RedisActionQueue } from '../../infra/redis/queue.ts';
import { MemoryBus } from '../support/memory/bus.ts';
import { ownServices, type TestServices } from '../support/services.ts';

const SPACES = ['default', 'other'];
const ACTORS = ['ada', 'ben', 'cleo'];
const LANES_OF_ACTORS = ACTORS.map((actor) => hash32(`user:${actor}`) % LANES);
const newId = idSource();

let services: TestServices;
let redis: Redis;
let lanes: RedisLanes;
let queue: RedisActionQueue;

beforeAll(async () => {
  services = await ownServices();
  redis = new Redis(services.config.redisUrl);
  lanes = new RedisLanes(redis, new MemoryBus(), createLogger('test', 'silent'), async () => []);
  const bound = { actions: 12, bytes: 6_000 };
  queue = new RedisActionQueue(redis, () => undefined, {
    limits: () => ({ ...bound, ofSpace: { actions: 8, bytes: 4_000 }, weight: 16_000 }),
    retryAfterMs: () => 1_000,
    outOfMemory: () => undefined,
  });
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});

const actionOf = (actor: string, text: string): LoggedAction => ({
  id: newId(),
  actor: { type: 'user', id: actor },
  verb: 'said',
  targets: [],
  related: [],
  level: 30,
  data: { text },
  timestamp: 0,
  updatedAt: 0,
  count: 1,
  notify: [],
});

/** What Redis holds, counted anew. */
async function held() {
  const found = { actions: 0, bytes: 0, spaces: {} as Record<string, number> };
  for (const space of SPACES) {
    const pending = await redis.zcard(pendingKey(space));
    found.actions += pending;
    if (pending > 0) found.spaces[space] = pending;
    for (const lane of LANES_OF_ACTORS) {
      for (const [, fields] of await redis.xrange(laneKey(space, lane), '-', '+')) {
        for (let at = 0; at < fields.length; at += 2) {
          if (fields[at] === 'a') found.bytes += Buffer.byteLength(fields[at + 1] ?? '');
        }
      }
    }
  }
  return found;
}

async function counted() {
  const all = Object.entries(await redis.hgetall(backlogKey)).map(([name, value]): [string, number] => [
    name,
    Number(value),
  ]);
  const of = (name: string) => all.find(([found]) => found === name)?.[1] ?? 0;
  const sum = (pattern: RegExp) =>
    all.reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0);
  return {
    actions: of('actions'),
    bytes: of('bytes'),
    spaces: Object.fromEntries(
      all.flatMap(([name, value]) => (name.startsWith('a:') ? [[name.slice(2), value]] : [])),
    ),
    ofSpaces: sum(/^b:/),
    ofLanes: sum(/\./),
  };
}

async function isExact(): Promise<void> {
  const [now, { actions, bytes, spaces }] = [await counted(), await held()];
  expect(now).toEqual({ actions, bytes, spaces, ofSpaces: bytes, ofLanes: bytes });
}

/** A worker's round on the first lane of a space that holds something, up to a step at which it dies. */
async function round(space: string, diesAfter: 'settle' | 'drop' | 'never', handsOn: boolean) {
  const busy = (await lanes.busy()).find((each) => each.space === space);
  if (!busy) return [];
  const entries = await lanes.read(space, busy.lane, 2);
  const ids = entries.flatMap((entry) => entry.actions.map(({ id }) => id));
  if (!handsOn && diesAfter !== 'settle') {
    await lanes.acknowledge(space, busy.lane, entries);
    if (diesAfter === 'drop') await lanes.acknowledge(space, busy.lane, entries);
    return [];
  }
  if (!handsOn) await lanes.settle(space, ids);
  if (diesAfter === 'settle') return [];
  await lanes.drop(space, busy.lane, entries);
  // Another worker was at it, too.
  if (diesAfter === 'drop') await lanes.drop(space, busy.lane, entries);
  return handsOn ? ids : [];
}

const space = fc.constantFrom(...SPACES);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('accept' as const),
      space,
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3')),
      actors: fc.array(fc.constantFrom(...ACTORS), { minLength: 1, maxLength: 4 }),
      length: fc.constantFrom(0, 10, 900, 2_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('round' as const),
      space,
      diesAfter: fc.constantFrom('settle' as const, 'drop' as const, 'never' as const),
      handsOn: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant('fan out' as const), space }),
  fc.record({ do: fc.constant('bury' as const), space }),
  fc.record({ do: fc.constant('forget' as const) }),
);

test('after any sequence of what can happen', async () => {
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
      await redis.flushdb();
      const handedOn = new Map<string, string[]>();
      for (const each of steps) {
        if (each.do === 'accept') {
          const text = 'ö'.repeat(each.length);
          const before = await held();
          const answer = await queue.accept({
            space: each.space,
            subject: 'service',
            key: each.key ?? null,
            hash: JSON.stringify([each.actors, each.length]),
            actions: each.actors.map((actor) => ({ action: actionOf(actor, text), key: null, hash: '' })),
          });
          if (answer.kind === 'overloaded') {
            refusals += 1;
            expect(await held()).toEqual(before);
          }
        } else if (each.do === 'round') {
          const ids = await round(each.space, each.diesAfter, each.handsOn);
          handedOn.set(each.space, [...(handedOn.get(each.space) ?? []), ...ids]);
        } else if (each.do === 'fan out') {
          const ids = handedOn.get(each.space) ?? [];
          if (ids.length > 0) await lanes.settle(each.space, ids);
        } else if (each.do === 'bury') {
          const busy = (await lanes.busy()).find((found) => found.space === each.space);
          const [head] = busy ? await lanes.read(each.space, busy.lane, 1) : [];
          if (busy && head)
            await lanes.bury(each.space, busy.lane, head.id, { reason: 'a reason', attempts: 8 });
        } else await redis.flushdb();
        await isExact();
      }
      // With everything drained nothing is left but how much ever was.
      for (const of of SPACES) {
        while ((await lanes.busy()).some((busy) => busy.space === of)) await round(of, 'never', false);
        await lanes.settle(of, ['none', ...(handedOn.get(of) ?? [])]);
      }
      await isExact();
      expect(await counted()).toMatchObject({ actions: 0, bytes: 0 });
    }),
    { numRuns: 25 },
  );
  expect(refusals).toBeGreaterThan(0);
}, 180_000);

test('what counters say wrongly comes right when the space is next drained', async () => {
  await redis.flushdb();
  const accept = () =>
    queue.accept({
      space: 'default',
      subject: 'service',
      key: null,
      hash: '',
      actions: [{ action: actionOf('ada', ''), key: null, hash: '' }],
    });
  await accept();
  // As a worker of an earlier version leaves it.
  await redis.zremrangebyrank(pendingKey('default'), 0, -1);
  const [busy] = await lanes.busy();
  const [head] = busy ? await lanes.read('default', busy.lane, 1) : [];
  if (!busy || !head) throw new Error('nothing waits');
  await redis.xadd(laneKey('default', busy.lane), '*', 'seq', '1', 'at', '1', 'a', '{"id":"x"}');
  await accept();
  const entries = await redis.xrange(laneKey('default', busy.lane), '-', '+');
  await lanes.drop(
    'default',
    busy.lane,
    entries.map(([id]) => ({ id, bytes: 500 })),
  );
  await lanes.settle('default', ['another']);
  await isExact();
  expect(await counted()).toMatchObject({ actions: 1, bytes: 0 });
});
