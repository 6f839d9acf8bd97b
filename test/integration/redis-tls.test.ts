/** Connections by TLS, with an authority of one's own in NODE_EXTRA_CA_CERTS. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { connectRedis } from '../../infra/redis/connect.ts';
import type { LogAnswer } from '../../protocol/entities.ts';
import { Certificates } from '../support/certificates.ts';
import { Api } from '../support/http.ts';
import { HubProcess, HubProcesses } from '../support/processes.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const NAME = 'redis.example.com';

let certificates: Certificates;
let redis: RedisProcess;
beforeAll(async () => {
  certificates = await Certificates.create(`DNS:${NAME}`);
  redis = await RedisProcess.start(certificates.settings, access());
});
afterAll(async () => {
  await redis.close();
  await certificates.close();
});

const access = () => ({ tls: { ca: certificates.authority, servername: NAME } });

/** Settings of a hub that trusts the authority. */
const trusting = (REDIS_URL: string) => ({ REDIS_URL, NODE_EXTRA_CA_CERTS: certificates.authorityFile });

async function expectDelivery(settings: Record<string, string>): Promise<void> {
  const hub = await HubProcesses.start({ gateways: 1, workers: 1, settings });
  onTestFinished(() => hub.close());
  const service = new Api(hub.urls[0] ?? '', await serviceToken());
  for (const target of ['issue:1', 'issue:2']) {
    const action = { actor: 'user:bob', verb: 'closed', targets: target, notify: ['ada'] };
    expect((await service.post<LogAnswer>('/v1/actions?wait=1', action)).status).toBe(200);
  }
  const { body } = await service.get<{ unread: number }>('/v1/users/ada/feed/counts');
  expect(body.unread).toBe(2);
}

test('a server may be reached by an address that its certificate does not contain', async () => {
  const url = `rediss://127.0.0.1:${redis.port}`;
  await expectDelivery(trusting(`${url}?servername=${NAME}`));
  const unnamed = new HubProcess('server/main.ts', {
    ...trusting(url),
    MONGODB_URI: process.env.MONGODB_URI ?? '',
    HUBBUB_JWT_SECRET: 'a secret that only these tests know',
    PORT: '0',
  });
  onTestFinished(() => unnamed.stop('SIGKILL'));
  const line = await until(() => unnamed.logged.find(({ msg }) => msg === 'Redis unavailable; retrying'));
  expect(line).toMatchObject({ err: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
});

test('a server of an unknown authority is refused', async () => {
  const lines: string[] = [];
  const log = createLogger('gateway', 'info', { write: (line: string) => void lines.push(line) });
  const client = connectRedis(`rediss://127.0.0.1:${redis.port}?servername=${NAME}`, log);
  onTestFinished(() => client.disconnect());
  await expect(client.ping()).rejects.toThrow();
  expect(lines.join('')).toContain('certificate');
});

test('a cluster announces addresses, and its certificates contain a name', async () => {
  const cluster = await RedisCluster.start({ settings: certificates.settings, access: access() });
  onTestFinished(() => cluster.close());
  await expectDelivery(trusting(`${cluster.url.replace('redis', 'rediss')}?servername=${NAME}`));
});
