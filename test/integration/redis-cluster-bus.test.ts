/** The bus on a real Redis Cluster: a gateway misses no message without learning of it. */
import type { Cluster } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { BusMessage } from '../../core/ports/bus.ts';
import { BusSubscriber, RedisBus } from '../../infra/redis/bus.ts';
import { connectRedis } from '../../infra/redis/connect.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import type { RedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
const shards = new Shards(8);
/** Enough that each master serves some. */
const spaces = Array.from({ length: 12 }, (_, index) => `space-${index}`);
const channelOf = (space: string) => shards.of(space).channelName(space);

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start({ replicas: 1 });
});
afterAll(() => cluster.close());

function open(maxIdle?: number) {
  const [redis, publisher] = [connectRedis(cluster.url, log), connectRedis(cluster.url, log)];
  /** Ids of messages, and gaps, in the order of arrival. */
  const received: string[] = [];
  const onMessage = (_space: string, message: BusMessage) => {
    if (message.kind === 'completed') received.push(...message.ids);
  };
  const listener = { onMessage, onGap: () => void received.push('gap') };
  const subscriber = new BusSubscriber(redis, shards, listener, log, maxIdle);
  onTestFinished(() => {
    subscriber.close();
    redis.disconnect();
    publisher.disconnect();
  });
  const bus = new RedisBus(publisher, shards);
  const publish = (space: string, id: string) => bus.publish(space, { kind: 'completed', ids: [id] });
  return { redis, subscriber, received, publish };
}

/** Channels that are subscribed at a node. */
const subscribedAt = async ({ client }: RedisProcess): Promise<string[]> =>
  (await client.call('PUBSUB', 'SHARDCHANNELS')) as string[];

test('a channel is subscribed only at the node of its space, and messages arrive in order', async () => {
  const { subscriber, received, publish } = open();
  await Promise.all(spaces.map((space) => subscriber.subscribe(space)));
  const masters = new Set<RedisProcess>();
  for (const space of spaces) {
    const master = await cluster.masterOf(channelOf(space));
    masters.add(master);
    for (const node of cluster.nodes)
      expect((await subscribedAt(node)).includes(channelOf(space)), `${space} at ${node.port}`).toBe(
        node === master,
      );
  }
  expect(masters.size).toBe(3);
  const ids = Array.from({ length: 100 }, (_, index) => String(index));
  for (const id of ids) await publish('space-0', id);
  await until(() => received.length === ids.length, 'all arrived');
  expect(received).toEqual(ids);
});

test('a space that nobody uses is unsubscribed, and may be subscribed again at once', async () => {
  const { subscriber, received, publish } = open(1);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([
      subscriber.subscribe('space-0'),
      subscriber.subscribe('space-1'),
      subscriber.subscribe('space-0'),
    ]);
    await publish('space-0', String(round));
    await until(() => received.at(-1) === String(round), 'it arrived');
  }
  expect(received).not.toContain('gap');
  const master = await cluster.masterOf(channelOf('space-1'));
  await until(async () => !(await subscribedAt(master)).includes(channelOf('space-1')), 'it is unsubscribed');
});

test('after its connection was lost, a subscriber reports a gap when messages arrive again', async () => {
  const { subscriber, received, publish } = open();
  await subscriber.subscribe('space-0');
  const { client } = await cluster.masterOf(channelOf('space-0'));
  const states = new Set([subscriber.isOpen('space-0')]);
  await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  while (!received.includes('gap')) {
    await new Promise((resolve) => setImmediate(resolve));
    states.add(subscriber.isOpen('space-0'));
  }
  expect([...states]).toEqual([true, false]);
  expect(subscriber.isOpen('space-0')).toBe(true);
  expect(subscriber.isOpen('unknown')).toBe(false);
  await publish('space-0', 'after');
  await until(() => received.includes('after'), 'the message');
  expect(received).toEqual(['gap', 'after']);
});

/** Publishes to all spaces without pause, until `work` is done. Returns the messages in the order in which they were published. */
async function publishWhile(
  publish: (space: string, id: string) => Promise<void>,
  work: () => Promise<void>,
) {
  const published: string[] = [];
  let isDone = false;
  const streams = spaces.map(async (space) => {
    for (let count = 0; !isDone; count += 1) {
      const id = `${space} ${count}`;
      try {
        await publish(space, id);
        published.push(id);
      } catch {
        // Its publisher knows.
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
  await work();
  isDone = true;
  await Promise.all(streams);
  return published;
}

test.each<[string, () => Promise<unknown>]>([
  [
    'a slot moves to another master, and back',
    async () => {
      const source = await cluster.masterOf(channelOf('space-0'));
      const target = await cluster.masterOf(channelOf(await otherThan(source)));
      await cluster.moveSlot(channelOf('space-0'), target);
      await cluster.moveSlot(channelOf('space-0'), source);
      await cluster.moveSlot(channelOf('space-0'), target);
    },
  ],
  ['a replica takes over', async () => cluster.failOver(await cluster.masterOf(channelOf('space-0')))],
  [
    'a master is killed',
    async () => {
      const master = await cluster.masterOf(channelOf('space-0'));
      await cluster.kill(master);
      await master.run();
      await cluster.waitUntilOk();
    },
  ],
])('no message is lost without a later gap while %s', async (_what, work) => {
  const { redis, subscriber, received, publish } = open();
  await Promise.all(spaces.map((space) => subscriber.subscribe(space)));
  /** Number of gaps and messages that had arrived when each message had been published. */
  const arrivedBefore = new Map<string, number>();
  const published = await publishWhile(
    async (space, id) => {
      await publish(space, id);
      arrivedBefore.set(id, received.length);
    },
    async () => {
      await until(() => spaces.every((space) => received.includes(`${space} 0`)), 'messages arrive');
      await work();
      await until(() => received.includes('gap'), 'a gap');
    },
  );
  // All slots are subscribed again where they are now, and nothing more is lost.
  await until(async () => {
    for (const space of spaces) {
      const master = await cluster.masterOf(channelOf(space));
      if (!(await subscribedAt(master)).includes(channelOf(space))) return false;
    }
    return true;
  }, 'all channels are subscribed at their masters');
  const lastGap = () => received.lastIndexOf('gap');
  const missing = () => published.filter((id) => !received.includes(id));
  await until(
    () => missing().every((id) => (arrivedBefore.get(id) ?? 0) <= lastGap()),
    'gaps for all that was lost',
  );
  for (const space of spaces) await publish(space, `${space} last`);
  await until(() => spaces.every((space) => received.includes(`${space} last`)), 'the last messages');
  expect((redis as Cluster).nodes('master').length).toBe(3);
});

/** A space on another master. */
async function otherThan(master: RedisProcess): Promise<string> {
  for (const space of spaces) if ((await cluster.masterOf(channelOf(space))) !== master) return space;
  throw new Error('all spaces are on one master');
}
