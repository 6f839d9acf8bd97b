/** What is owed in Redis is what is owed in memory, whoever asks, takes and is done with it. */
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Chore, Owed, TakenChore } from '../../core/ports/queue.ts';
import { RedisChores } from '../../infra/redis/chores.ts';
import { RedisActionQueue } from '../../infra/redis/queue.ts';
import { MemoryBus } from '../support/memory/bus.ts';
import { MemoryChores } from '../support/memory/chores.ts';
import { ownServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let redis: Redis;
beforeAll(async () => {
  services = await ownServices();
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});

// Names that a careless separator would confuse.
const chores: Chore[] = [
  { kind: 'follow', user: 'ada', key: 'project:p 1' },
  { kind: 'follow', user: 'ada project:p', key: '1' },
  { kind: 'recall', action: '01J' },
  { kind: 'delete', key: 'user:ü"]\n' },
];
const step = fc.record({
  do: fc.constantFrom('lease' as const, 'ready' as const, 'done' as const, 'take' as const),
  chore: fc.nat(chores.length - 1),
  /** Which of the leases and stamps that were given out. */
  which: fc.nat(5),
});

test('as in memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await redis.flushdb();
      const real = new RedisChores(redis, new MemoryBus(), () => undefined);
      let position = 0;
      const bus = new MemoryBus();
      const memory = new MemoryChores(bus, Date.now, () => {
        position += 1;
        return position;
      });
      const queue = new RedisActionQueue(redis, () => undefined);
      const given: Array<{ real: Owed; memory: Owed }> = [];
      for (const { do: what, chore: place, which } of steps) {
        const chore = chores[place];
        const one = given[which % given.length];
        if (!chore) continue;
        if (what === 'lease') {
          const [[ours], [theirs]] = [await real.lease('s', [chore]), await memory.lease('s', [chore])];
          if (ours && theirs) given.push({ real: ours, memory: theirs });
        } else if (what === 'ready' && one) {
          await real.ready('s', [one.real]);
          await memory.ready('s', [one.memory]);
        } else if (what === 'done' && one) {
          expect(await real.done('s', one.real)).toBe(await memory.done('s', one.memory));
        } else if (what === 'take' && one) {
          const { name } = one.real;
          const ours: TakenChore | null = await real.take({ space: 's', name });
          const theirs = await memory.take('s', name);
          expect(ours?.chore).toEqual(theirs?.chore);
          if (ours && theirs) given.push({ real: ours, memory: theirs });
        }
        const due = (await real.due(0, 100)).map(({ name }) => name);
        expect(due.toSorted()).toEqual(memory.due('s').toSorted());
        const names = [...new Set(given.map(({ real: { name } }) => name))];
        expect((await queue.pending('s', names)).toSorted()).toEqual(memory.owed('s', names).toSorted());
      }
    }),
    { numRuns: 60 },
  );
});

test('a lease that ran out is asking anew, and one that is done leaves nothing', async () => {
  await redis.flushdb();
  const bus = new MemoryBus();
  const woken: string[] = [];
  const real = new RedisChores(redis, bus, (due) => woken.push(...due.map(({ name }) => name)));
  const [chore] = chores;
  if (!chore) throw new Error('there is none');
  const [first] = await real.lease('s', [chore]);
  const [second] = await real.lease('s', [chore]);
  if (!first || !second) throw new Error('nothing was leased');
  const due = { space: 's', name: first.name };
  expect(second.stamp).toBeGreaterThan(first.stamp);
  expect(await real.take(due)).toBeNull();
  await real.ready('s', [first]);
  expect(woken).toEqual([first.name]);
  const taken = await real.take(due);
  // Begun when the first lease was: whoever holds the second may have done something of it.
  expect(taken?.begun).toBeLessThan(taken?.stamp ?? 0);
  expect(taken && (await real.done('s', taken))).toBe(false);
  expect(bus.published).toEqual([]);
  // The second one's holder died ten seconds ago.
  const asked = '{hubbub}:asked';
  const state = (await redis.hget(asked, `s ${first.name}`)) ?? '';
  const past = String(second.stamp - 20_000_000);
  await redis.hset(asked, `s ${first.name}`, state.replace(String(second.stamp), past));
  await redis.zadd('{hubbub}:owed', past, `s ${first.name}`);
  expect(await real.due(0, 10)).toEqual([due]);
  const late = await real.take(due);
  expect(late?.begun).toBe(taken?.begun);
  expect(late?.stamp).toBeGreaterThan(taken?.stamp ?? 0);
  expect(late && (await real.done('s', late))).toBe(true);
  expect(bus.published.map(({ message }) => message)).toEqual([{ kind: 'settled', ids: [first.name] }]);
  expect(await real.take(due)).toBeNull();
  // Unless the second one's holder was only slow, and wrote after that, and died then: so it is asked for once more.
  expect(await real.due(0, 10)).toEqual([]);
  const [entry = '', at = ''] = await redis.zrange('{hubbub}:late', 0, '-1', 'WITHSCORES');
  expect(entry).toBe(`${late?.begun} s ${first.name}`);
  expect(Number(at)).toBeGreaterThan((late?.stamp ?? 0) + 50_000_000);
  await redis.zadd('{hubbub}:late', past, entry);
  expect(await real.due(0, 10)).toEqual([due]);
  const last = await real.take(due);
  expect(last?.begun).toBe(late?.begun);
  expect(last && (await real.done('s', last))).toBe(true);
  expect(await redis.keys('*')).toEqual([]);
  expect(await real.take(due)).toBeNull();
});
