/** The permissions that docs/operations.md grants suffice, and a password may contain any character. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

const PASSWORD = `p@ss:w/o?r#d%20+ "quoted", [and] \\ more&more=€`;

/** The rules behind the password. */
function documentedRules(): string[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, rules] = /^user hubbub on >\S+ (.+)$/m.exec(page) ?? [];
  if (rules === undefined) throw new Error('docs/operations.md names no user');
  return rules.split(' ');
}

describe.each<
  [string, () => Promise<{ url: string; nodes: readonly RedisProcess[]; close(): Promise<void> }>]
>([
  [
    'one server',
    async () => {
      const redis = await RedisProcess.start();
      return { url: redis.url, nodes: [redis], close: () => redis.close() };
    },
  ],
  ['a cluster', () => RedisCluster.start()],
])('on %s', (_what, start) => {
  let redis: Awaited<ReturnType<typeof start>>;
  let hub: TestHub;
  beforeAll(async () => {
    redis = await start();
    for (const { client } of redis.nodes) {
      await client.call('ACL', 'SETUSER', 'hubbub', 'on', `>${PASSWORD}`, ...documentedRules());
    }
    const settings = { REDIS_URL: redis.url.replace('://', `://hubbub:${encodeURIComponent(PASSWORD)}@`) };
    hub = await TestHub.start({ gateways: 1, workers: 1, settings });
  });
  afterAll(async () => {
    await hub.close();
    await redis.close();
  });

  test('the hub works with the documented permissions', async () => {
    for (const space of ['a', 'b', 'c']) {
      const service = await hub.service({ space });
      const ada = await hub.socket('ada', { space });
      const log = async () => {
        const action = { actor: 'user:bob', verb: 'closed', related: 'project:p1', groupingDelay: -1 };
        const headers = { 'idempotency-key': crypto.randomUUID() };
        const { status, body } = await service.post<LogAnswer>('/v1/actions?wait=1', action, headers);
        expect(status).toBe(200);
        return body.ids[0];
      };
      await log();
      const objects = [{ type: 'project', id: 'p1', name: 'Website' }];
      expect((await service.put('/v1/objects', { objects })).status).toBe(200);
      const track = { to: 'project:p1', actorOnly: false, since: '2020-01-01T00:00:00Z' };
      expect((await service.post('/v1/users/ada/track?wait=1', track)).status).toBe(200);
      const id = await log();
      await until(() => ada.items.some(({ item }) => item.action.id === id), 'the push');
      expect((await service.post('/v1/users/ada/feed/read?wait=1', { all: true })).status).toBe(200);
      expect((await service.send('DELETE', `/v1/actions/${id}?wait=1`)).status).toBe(200);
      const deleted = { actions: 'delete' };
      expect((await service.post('/v1/objects/project:p1/deleted?wait=1', deleted)).status).toBe(200);
      await until(async () => {
        const { body } = await service.get<FeedPage>('/v1/users/ada/feed');
        return body.items.length === 0;
      }, 'the items are removed');
      expect((await service.post('/v1/objects/user:ada/deleted?wait=1', deleted)).status).toBe(200);
    }
    expect((await (await hub.service()).get('/readyz')).status).toBe(200);
    const metrics = await fetch(`${hub.url}/metrics`);
    expect(await metrics.text()).toContain('hubbub_queue_lag_seconds');
    for (const { client } of redis.nodes) expect(await client.call('ACL', 'LOG')).toEqual([]);
  });

  test('the permissions do not reach beyond the hub', async () => {
    for (const { client } of redis.nodes) {
      for (const command of [
        ['GET', 'other'],
        ['FLUSHALL'],
        ['KEYS', '*'],
        ['CONFIG', 'GET', '*'],
        ['PUBLISH', 'other', 'x'],
      ]) {
        const tried = String(await client.call('ACL', 'DRYRUN', 'hubbub', ...command));
        expect(tried, command.join(' ')).toMatch(/no permissions/);
      }
    }
  });
});
