/** A hub on a master that Sentinel watches. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActionStream } from '../support/action-stream.ts';
import { TestHub } from '../support/hub.ts';
import { RedisSentinel } from '../support/redis-sentinel.ts';

let sentinel: RedisSentinel;
let hub: TestHub;
beforeAll(async () => {
  sentinel = await RedisSentinel.start();
  hub = await TestHub.start({ gateways: 2, workers: 2, settings: { REDIS_URL: sentinel.url } });
});
afterAll(async () => {
  await hub.close();
  await sentinel.close();
});

test('the hub follows Sentinel to a new master under load, and continues to push', async () => {
  const stream = await ActionStream.start(hub, ['a', 'b']);
  await stream.waitForMore(10);
  const previous = await sentinel.master();
  const startedAt = Date.now();
  const master = await sentinel.failOver();
  expect(master).not.toBe(previous);
  await stream.waitForMore(10);
  await stream.stop();
  // With one replica and `min-replicas-to-write 1`, the old master rejects writes as soon as the replica leaves it.
  await stream.expectAllDelivered(startedAt);
});
