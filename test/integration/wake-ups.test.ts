/** Accepted actions wake an idle worker. Whatever happens to a wake-up, polling finds its partition. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { asMillis } from '../../core/model/units.ts';
import { RedisActionQueue } from '../../infra/redis/action-queue.ts';
import { FIRST_SHARD } from '../../infra/redis/keys.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { WakeUpListener } from '../../infra/redis/wake-up-listener.ts';
import { WakeUps } from '../../infra/redis/wake-ups.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

let services: TestServices;
let redis: Redis;
beforeAll(async () => {
  services = await isolatedServices();
  redis = new Redis(services.config.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await services.remove();
});
beforeEach(async () => {
  await redis.flushdb();
});

const waiting = () => redis.lrange(FIRST_SHARD.wakeUpsKey, 0, -1);

describe('accepting', () => {
  let notified: number[];
  let sent = 0;
  const queueWith = (before: number, after: number, notifyBusy = false) =>
    new RedisActionQueue(
      redis,
      shards,
      (_space, partitions) => void notified.push(...partitions),
      undefined,
      () => ({ before, after, notifyBusy }),
    );

  /** Accepts as many actions of one actor. */
  async function accept(queue: RedisActionQueue, actor: string, count = 1): Promise<void> {
    const actions = Array.from({ length: count }, () => {
      sent += 1;
      const time = asMillis(0);
      const action = {
        ...{ id: String(sent).padStart(26, '0'), actor: { type: 'user', id: actor }, verb: 'opened' },
        ...{ targets: [], related: [], level: 30, data: {}, timestamp: time, updatedAt: time, count: 1 },
        notify: [],
      };
      return { action, key: null, hash: '' };
    });
    await queue.accept({ space: 'acme', subject: 's', key: null, hash: '', actions });
  }

  beforeEach(() => {
    notified = [];
  });

  it('wakes a worker once for a partition, until the partition is empty', async () => {
    const queue = queueWith(100, 100);
    await accept(queue, 'ada');
    await accept(queue, 'ada', 3);
    expect(await waiting()).toEqual([expect.stringMatching(/^acme\.\d+$/)]);
    await accept(queue, 'bob');
    expect(new Set(await waiting()).size).toBe(2);
    expect(notified).toEqual([]);
  });

  it('notifies a busy partition while spaces compete', async () => {
    const queue = queueWith(100, 100, true);
    await accept(queue, 'ada');
    expect(notified).toEqual([]);
    await accept(queue, 'ada');
    expect(await waiting()).toEqual([`acme.${notified[0]}`]);
  });

  it.each([
    { name: 'before', before: 1, after: 100 },
    { name: 'after', before: 100, after: 5 },
  ])(
    'notifies partitions of a space with more pending actions $name the batch',
    async ({ before, after }) => {
      const queue = queueWith(before, after);
      await accept(queue, 'ada', 2);
      expect(await waiting()).toHaveLength(1);
      await accept(queue, 'bob', 4);
      expect(await waiting()).toHaveLength(1);
      expect(notified).toHaveLength(1);
    },
  );
});

describe('polling', () => {
  const names = async (wakeUps: WakeUps) =>
    (await wakeUps.findUnhandled()).map(({ space, partition }) => `${space}.${partition}`).sort();

  it('finds busy partitions that nobody processes', async () => {
    await redis.sadd(FIRST_SHARD.busyPartitionsKey, 'acme.7', 'a.b.8');
    expect(await names(new WakeUps(redis, shards))).toEqual(['a.b.8', 'acme.7']);
  });

  it('finds a partition that waits for a worker only the second time', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    await redis.sadd(FIRST_SHARD.busyPartitionsKey, 'acme.7', 'acme.8', 'acme.9');
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.7', 'acme.8', 'acme.9');
    expect(await names(wakeUps)).toEqual([]);
    // A worker takes one, and finishes it. Another is new.
    await redis.lrem(FIRST_SHARD.wakeUpsKey, 1, 'acme.7');
    await redis.srem(FIRST_SHARD.busyPartitionsKey, 'acme.7');
    await redis.lrem(FIRST_SHARD.wakeUpsKey, 1, 'acme.9');
    expect(await names(new WakeUps(redis, shards))).toEqual(['acme.9']);
    expect(await names(wakeUps)).toEqual(['acme.8', 'acme.9']);
    expect(await waiting()).toEqual([]);
  });

  it('finds no partition that a worker takes in the meantime', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    await redis.sadd(FIRST_SHARD.busyPartitionsKey, 'acme.7');
    const finding = names(wakeUps);
    // The claim arrives while it waits.
    await until(async () => (await redis.exists(FIRST_SHARD.claimsKey)) === 0, 'no claim yet');
    const claimed = wakeUps.withClaims('acme', [7], () => finding);
    expect(await claimed).toEqual([]);
  });

  it('finds no partition that workers empty again and again without a claim', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    const key = FIRST_SHARD.partitionKey('acme', 7);
    await redis.sadd(FIRST_SHARD.busyPartitionsKey, 'acme.7', 'acme.8');
    await redis.xadd(FIRST_SHARD.partitionKey('acme', 8), '*', 'seq', '1');
    await redis.xadd(key, '1-1', 'seq', '1');
    let isDone = false;
    const finding = names(wakeUps).finally(() => {
      isDone = true;
    });
    let next = 2;
    await until(async () => {
      await redis
        .multi()
        .xdel(key, `${next - 1}-1`)
        .xadd(key, `${next}-1`, 'seq', '1')
        .exec();
      next += 1;
      return isDone;
    }, 'it has looked twice');
    expect(await finding).toEqual(['acme.8']);
  });

  it('finds no partition while a worker processes it and refreshes its claim', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    await redis.sadd(FIRST_SHARD.busyPartitionsKey, 'acme.7');
    await wakeUps.withClaims('acme', [7], async () => {
      await until(async () => (await wakeUps.counts()).active === 1, 'it is claimed');
      await redis.zincrby(FIRST_SHARD.claimsKey, -4_000_000, 'acme.7 worker');
      await wakeUps.refreshClaims();
      await redis.zincrby(FIRST_SHARD.claimsKey, -4_000_000, 'acme.7 worker');
      expect(await names(wakeUps)).toEqual([]);
      expect(await wakeUps.isClaimed({ space: 'acme', partition: 7 })).toBe(true);
      expect(await wakeUps.isClaimed({ space: 'acme', partition: 70 })).toBe(false);
      await redis.zincrby(FIRST_SHARD.claimsKey, -1_100_000, 'acme.7 worker');
      expect(await wakeUps.isClaimed({ space: 'acme', partition: 7 })).toBe(false);
      expect(await names(wakeUps)).toEqual(['acme.7']);
    });
    await wakeUps.withClaims('acme', [7], async () => undefined);
    await until(async () => (await redis.exists(FIRST_SHARD.claimsKey)) === 0, 'it is released');
  });

  it('claims only work that lasts, if told so', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    const claims = () => redis.zrange(FIRST_SHARD.claimsKey, '0', '-1');
    await wakeUps.withClaims('acme', [7], async () => undefined, { claimAfterMs: 60_000 });
    await wakeUps.refreshClaims();
    expect(await claims()).toEqual([]);
    await wakeUps.withClaims(
      'acme',
      [7],
      () => until(async () => (await claims()).length === 1, 'it is claimed'),
      { claimAfterMs: 1 },
    );
    expect(await claims()).toEqual([]);
  });

  it('keeps a claim until the last of several calls that hold it has ended', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    await wakeUps.withClaims('acme', [7], async () => {
      await wakeUps.withClaims('acme', [7, 8], async () => {
        await until(async () => (await wakeUps.counts()).active === 2, 'both are claimed');
      });
      expect(await redis.zrange(FIRST_SHARD.claimsKey, '0', '-1')).toEqual(['acme.7 worker']);
    });
    expect(await redis.exists(FIRST_SHARD.claimsKey)).toBe(0);
  });

  it('finds the partitions of a dead worker when its claims are released', async () => {
    const wakeUps = new WakeUps(redis, shards, 'worker');
    const never = new Promise<never>(() => undefined);
    await redis.sadd(FIRST_SHARD.busyPartitionsKey, 'acme.7', 'a.b.8');
    void new WakeUps(redis, shards, 'dead').withClaims('acme', [7], () => never);
    void wakeUps.withClaims('a.b', [8], () => never);
    await until(async () => (await wakeUps.counts()).active === 2, 'both are claimed');
    expect(await names(wakeUps)).toEqual([]);
    expect(await wakeUps.takeOver(['dead', 'other'])).toEqual([{ space: 'acme', partition: 7 }]);
    expect(await wakeUps.takeOver(['dead'])).toEqual([]);
    expect(await names(wakeUps)).toEqual(['acme.7']);
  });
});

describe('the listener', () => {
  const ends: Array<() => void> = [];
  const endAll = () => {
    for (const end of ends.splice(0)) end();
  };

  function listen(
    process: (...partitions: number[]) => Promise<void>,
    { concurrency = 2, isBatching = true } = {},
  ) {
    const connection = new Redis(services.config.redisUrl, { maxRetriesPerRequest: 0 });
    connection.on('error', () => undefined);
    const listener = new WakeUpListener({
      sources: [{ shard: FIRST_SHARD, redis: connection }],
      concurrency,
      isBatching,
      process: (woken) => process(...woken.map(({ partition }) => partition)),
      onError: () => undefined,
    });
    onTestFinished(async () => {
      endAll();
      await listener.close();
    });
    listener.resume();
    return { listener, connection };
  }

  /** A `process` that ends when it is told to. */
  function recording() {
    const started: number[][] = [];
    const process = async (...partitions: number[]) => {
      started.push(partitions);
      await new Promise<void>((end) => ends.push(end));
    };
    return { started, process };
  }

  it('processes a woken partition at once if its space is idle', async () => {
    const { started, process } = recording();
    listen(process);
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1');
    await until(() => started.length === 1, 'the first runs');
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'other.2');
    await until(() => started.length === 2, 'the second runs');
    expect(started).toEqual([[1], [2]]);
  });

  it('processes partitions together that are woken while a batch of their space runs', async () => {
    const { started, process } = recording();
    listen(process);
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1');
    await until(() => started.length === 1, 'the first runs');
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.2', 'acme.3', 'acme.2', 'other.4');
    await until(() => started.length === 2, 'the other space runs');
    endAll();
    await until(() => started.length === 3, 'the rest runs');
    expect(started).toEqual([[1], [4], [2, 3, 2]]);
  });

  it('does not wait long for a slow batch', async () => {
    const { started, process } = recording();
    listen(process);
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1');
    await until(() => started.length === 1, 'the first runs');
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.2');
    await until(() => started.length === 2, 'the second runs');
    expect(started).toEqual([[1], [2]]);
  });

  it('processes no more batches at a time than allowed', async () => {
    const { started, process } = recording();
    listen(process, { concurrency: 3 });
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'a.1');
    await until(() => started.length === 1, 'the first runs');
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'b.2', 'c.3', 'd.4', 'e.5');
    await until(() => started.length === 3, 'three run');
    ends.shift()?.();
    await until(() => started.length === 4, 'the fourth runs');
    ends.shift()?.();
    await until(() => started.length === 5, 'the fifth runs');
    expect(started).toEqual([[1], [2], [3], [4], [5]]);
  });

  it('takes one at a time where others could be delayed by application code', async () => {
    const { started, process } = recording();
    listen(process, { concurrency: 2, isBatching: false });
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1', 'acme.2', 'acme.3');
    await until(() => started.length === 2, 'two run');
    endAll();
    await until(() => started.length === 3, 'the third runs');
    expect(started).toEqual([[1], [2], [3]]);
  });

  it('takes nothing while it is paused', async () => {
    const started: number[] = [];
    const { listener } = listen(async (partition) => void started.push(partition ?? 0));
    listener.pause();
    // The command that blocks now may take one.
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1', 'acme.2');
    await until(() => started.length === 1, 'one runs');
    expect(await waiting()).toEqual(['acme.2']);
    listener.resume();
    await until(() => started.length === 2, 'the other runs');
  });

  it('continues after its connection was lost, and after a failure', async () => {
    const started: number[] = [];
    const { connection } = listen(async (partition = 0) => {
      started.push(partition);
      if (partition === 1) throw new Error('failed');
    });
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1');
    await until(() => started.length === 1, 'the first runs');
    connection.disconnect(true);
    // Redis may give the first ones to the connection that is closing.
    await until(async () => {
      await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.2');
      return started.includes(2);
    }, 'the second runs');
  });

  it('takes the wake-ups of all shards, and shares its concurrency among them', async () => {
    const { started, process } = recording();
    const connect = () => new Redis(services.config.redisUrl, { maxRetriesPerRequest: 0 });
    const sources = new Shards(3).all.map((shard) => ({
      shard,
      redis: connect().on('error', () => undefined),
    }));
    const listener = new WakeUpListener({
      sources,
      concurrency: 2,
      isBatching: false,
      process: (woken) => process(...woken.map(({ partition }) => partition)),
      onError: () => undefined,
    });
    onTestFinished(async () => {
      endAll();
      await listener.close();
    });
    for (const [index, { shard }] of sources.entries()) {
      const names = Array.from({ length: 4 }, (_, number) => `acme.${10 * index + number}`);
      await redis.rpush(shard.wakeUpsKey, ...names);
    }
    await until(() => sources.every(({ redis: { status } }) => status === 'ready'), 'all are connected');
    listener.resume();
    const lengths = () => Promise.all(sources.map(({ shard }) => redis.llen(shard.wakeUpsKey)));
    await until(async () => (await lengths()).every((length) => length < 4), 'each shard is served');
    // When the last slot was taken, a command for each of the other shards was waiting already.
    expect(started.length).toBeLessThanOrEqual(4);
    await until(() => {
      endAll();
      return started.length === 12;
    }, 'all are processed');
    expect(started.flat().toSorted((one, other) => one - other)).toEqual([
      0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23,
    ]);
  });

  it('closes when the running partitions are processed', async () => {
    const { started, process } = recording();
    const { listener, connection } = listen(process);
    await redis.rpush(FIRST_SHARD.wakeUpsKey, 'acme.1');
    await until(() => started.length === 1, 'it runs');
    const order: string[] = [];
    const closing = listener.close().then(() => order.push('closed'));
    // Closing the connection takes several turns of the event loop.
    await until(() => connection.status === 'end', 'the connection is closed');
    order.push('processed');
    endAll();
    await closing;
    expect(order).toEqual(['processed', 'closed']);
  });
});
