/** The same scenarios on a Redis Cluster. Their spaces are in different shards. */
import { afterAll, beforeAll } from 'vitest';
import { scenarioHub } from '../support/conformance.ts';
import { testConformance } from '../support/conformance-tests.ts';
import { TestHub } from '../support/hub.ts';
import { RedisCluster } from '../support/redis-cluster.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start();
});
afterAll(() => cluster.close());

testConformance(() =>
  TestHub.start({ gateways: 2, workers: 2, hub: scenarioHub, settings: { REDIS_URL: cluster.url } }),
);
