/** Connections to a real Redis Cluster, in outages and failovers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import {
  connectForBlocking,
  connectRedis,
  connectWithRetry,
  type RedisClient,
} from '../../infra/redis/connect.ts';
import { isTransient } from '../../infra/transient-errors.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start({ replicas: 1 });
});
afterAll(() => cluster.close());

function open(connect: typeof connectRedis) {
  const lines: string[] = [];
  const log = createLogger('gateway', 'info', {
    write: (line: string) => void lines.push(JSON.parse(line).msg),
  });
  const client = connect(cluster.url, log);
  onTestFinished(() => client.disconnect());
  return { client, lines };
}

const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

/** A key of each master. */
const keys = ['a', 'b', 'c', 'd', 'e', 'f'];

test('a client finds all nodes from one, and follows slots that move', async () => {
  const { client } = open(connectRedis);
  for (const key of keys) expect(await client.set(key, key)).toBe('OK');
  const [source, target] = [await cluster.masterOf('a'), await cluster.masterOf('b')];
  expect(source).not.toBe(target);
  await cluster.moveSlot('a', target);
  expect(await client.get('a')).toBe('a');
  await cluster.moveSlot('a', source);
  expect(await client.get('a')).toBe('a');
});

test('commands of requests outlast a failover', async () => {
  const { client } = open(connectRedis);
  await client.set('count', 0);
  let isDone = false;
  let succeeded = 0;
  const failed: unknown[] = [];
  const streams = keys.map(async () => {
    while (!isDone)
      await client.incr('count').then(
        () => (succeeded += 1),
        (error: unknown) => failed.push(error),
      );
  });
  try {
    await until(() => succeeded > 100, 'commands succeed');
    await cluster.failOver(await cluster.masterOf('count'));
    const before = succeeded;
    await until(() => succeeded > before + 100, 'commands succeed again');
  } finally {
    isDone = true;
    await Promise.all(streams);
  }
  expect(failed).toEqual([]);
  // The old master stops writes before it hands over its data.
  expect(Number(await client.get('count'))).toBe(succeeded);
});

describe('while a master is down that has no replica', () => {
  let alone: RedisCluster;
  let lost: RedisProcess;
  beforeAll(async () => {
    alone = await RedisCluster.start({ settings: { 'cluster-require-full-coverage': 'yes' } });
  });
  afterAll(() => alone.close());

  const openAlone = (connect: typeof connectRedis) => {
    const client = connect(
      alone.url.replace(/\d+$/, String(alone.nodes[1]?.port)),
      createLogger('gateway', 'silent'),
    );
    onTestFinished(() => client.disconnect());
    return client;
  };

  const ready = (client: RedisClient) => until(() => client.status === 'ready', 'the client is connected');

  test('requests fail after some seconds, blocking commands at once, others wait', async () => {
    const clients = {
      request: openAlone(connectRedis),
      blocking: openAlone(connectForBlocking),
      retrying: openAlone(connectWithRetry),
    };
    for (const client of Object.values(clients)) await ready(client);
    await clients.request.set('a', 1);
    lost = await alone.masterOf('a');
    const blocked = outcomeOf(clients.blocking.blpop('{a}:list', 0));
    await until(async () => (await lost.client.info('clients')).includes('blocked_clients:1'), 'it blocks');
    await lost.kill();
    expect(isTransient(await blocked)).toBe(true);
    const startedAt = performance.now();
    const retried = clients.retrying.incr('a');
    const error = await outcomeOf(clients.request.incr('a'));
    expect(isTransient(error), String(error)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(isTransient(await outcomeOf(clients.blocking.blpop('{a}:list', 0)))).toBe(true);
    await lost.run();
    await alone.waitUntilOk();
    // This Redis keeps nothing on disk.
    expect(await retried).toBe(1);
    expect(await clients.request.incr('a')).toBe(2);
  });
});

test('an outage of all nodes is logged once, requests fail, and the client reconnects', async () => {
  const whole = await RedisCluster.start({ masters: 1 });
  onTestFinished(() => whole.close());
  const lines: string[] = [];
  const log = createLogger('gateway', 'info', {
    write: (line: string) => void lines.push(JSON.parse(line).msg),
  });
  const request = connectRedis(whole.url, log);
  onTestFinished(() => request.disconnect());
  await request.set('a', 1);
  const [node] = whole.nodes;
  await node?.kill();
  const error = await outcomeOf(request.incr('a'));
  expect(isTransient(error), String(error)).toBe(true);
  const late = await outcomeOf(request.incr('a'));
  expect(isTransient(late), String(late)).toBe(true);
  await until(() => lines.length > 0, 'the outage is logged');
  await node?.run();
  await whole.waitUntilOk();
  // Commands that timed out are not sent afterwards.
  expect(await until(() => request.incr('a'))).toBe(1);
  await until(() => lines.length > 1, 'the end is logged');
  expect(lines).toEqual(['Redis unavailable; retrying', 'Redis available again']);
});

test('a gateway exits with one line if its address names a cluster that is none', async () => {
  const plain = await RedisProcess.start();
  onTestFinished(() => plain.close());
  const env = {
    ...process.env,
    MONGODB_URI: 'mongodb://127.0.0.1:1/hubbub',
    HUBBUB_JWT_SECRET: 'a secret that only these tests know',
    PORT: '0',
    REDIS_URL: plain.url.replace('redis', 'redis+cluster'),
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(said).toBe(
    'REDIS_URL names a cluster, but this Redis is none: write redis:// instead of redis+cluster://\n',
  );
  expect(child.exitCode).toBe(1);
});
