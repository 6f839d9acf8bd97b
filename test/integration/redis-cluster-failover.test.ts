/** A hub under load while slots of its Redis Cluster move, and masters fail. Nothing accepted is lost or doubled. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Shards } from '../../infra/redis/shards.ts';
import { ActionStream, READER } from '../support/action-stream.ts';
import { TestHub } from '../support/hub.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import type { TestSocket } from '../support/socket.ts';
import { until } from '../support/until.ts';

let cluster: RedisCluster;
let hub: TestHub;
beforeAll(async () => {
  // As docs/operations.md advises: a master keeps its data when it restarts.
  cluster = await RedisCluster.start({ replicas: 1, settings: { appendonly: 'yes' } });
  hub = await TestHub.start({ gateways: 2, workers: 2, settings: { REDIS_URL: cluster.url } });
});
afterAll(async () => {
  await hub.close();
  await cluster.close();
});

const shards = new Shards(8);
let tests = 0;

/** Spaces of all masters, new ones for each test. */
async function scene() {
  tests += 1;
  const spaces = ['a', 'b', 'c', 'd', 'e'].map((name) => `test-${tests}-${name}`);
  const sockets: TestSocket[] = [];
  for (const [index, space] of spaces.entries()) {
    const socket = await hub.socket(READER, { space }, hub.urls[index % 2]);
    sockets.push(socket);
  }
  const stream = await ActionStream.start(hub, spaces);
  onTestFinished(() => stream.stop());
  await stream.waitForMore(5);
  const keyOf = (index: number) => {
    const space = spaces[index] ?? '';
    return shards.of(space).pendingKey(space);
  };
  return { spaces, sockets, stream, keyOf };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Everything is stored once and in order, and every client has it, or knows that it missed something. */
async function expectConverged({ spaces, sockets, stream }: Scene): Promise<void> {
  await stream.waitForMore(10);
  await stream.stop();
  await stream.expectAllDelivered();
  for (const [index, socket] of sockets.entries()) {
    const expected = stream.accepted.filter(({ space }) => space === spaces[index]).length;
    // After a gap, the client requests what it missed.
    await until(
      () =>
        socket.otherEvents.length > 0 || new Set(socket.items.map(({ item }) => item.id)).size === expected,
      `the pushes of ${spaces[index]}`,
    );
  }
}

test('while a slot of a shard moves to another master, and back', async () => {
  const running = await scene();
  const key = running.keyOf(0);
  const source = await cluster.masterOf(key);
  const target = (await cluster.masters()).find((each) => each !== source);
  if (!target) throw new Error('the cluster has one master');
  await cluster.moveSlot(key, target);
  await running.stream.waitForMore(10);
  await cluster.moveSlot(key, source);
  await expectConverged(running);
});

test('while a replica takes over from its master', async () => {
  const running = await scene();
  const master = await cluster.masterOf(running.keyOf(0));
  const promoted = await cluster.failOver(master);
  await running.stream.waitForMore(10);
  expect(await cluster.masterOf(running.keyOf(0))).toBe(promoted);
  await expectConverged(running);
});

test('while a slot moves and a replica takes over at once', async () => {
  const running = await scene();
  const key = running.keyOf(1);
  const source = await cluster.masterOf(key);
  const [target, third] = (await cluster.masters()).filter((each) => each !== source);
  if (!target || !third) throw new Error('the cluster has too few masters');
  await Promise.all([cluster.moveSlot(key, target), cluster.failOver(third)]);
  await expectConverged(running);
});
