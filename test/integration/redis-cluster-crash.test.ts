/**
 * A master of a Redis Cluster is killed, and its replica takes over. Replication is asynchronous, so what the master accepted in its
 * last moments may be lost, as docs/operations.md says. Everything else is delivered, and the hub continues without help.
 */
import { afterAll, beforeAll, test } from 'vitest';
import { Shards } from '../../infra/redis/shards.ts';
import { ActionStream } from '../support/action-stream.ts';
import { TestHub } from '../support/hub.ts';
import { RedisCluster } from '../support/redis-cluster.ts';

let cluster: RedisCluster;
let hub: TestHub;
beforeAll(async () => {
  cluster = await RedisCluster.start({ replicas: 1, settings: { appendonly: 'yes' } });
  hub = await TestHub.start({ gateways: 2, workers: 2, settings: { REDIS_URL: cluster.url } });
});
afterAll(async () => {
  await hub.close();
  await cluster.close();
});

test('a hub continues after a master was killed, and loses at most what was accepted in its last moments', async () => {
  const spaces = ['a', 'b', 'c', 'd', 'e'];
  const shards = new Shards(hub.services.config.redisShards);
  const stream = await ActionStream.start(hub, spaces);
  await stream.waitForMore(10);
  const master = await cluster.masterOf(shards.of('a').pendingKey('a'));
  const killedAt = Date.now();
  await cluster.kill(master);
  await stream.waitForMore(10);
  await master.run();
  await cluster.waitUntilOk();
  await stream.waitForMore(5);
  await stream.stop();
  await stream.expectAllDelivered(killedAt);
});
