import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../config/config.ts';
import type { FeedChanges, FeedPage, LogAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { createGateway, type Gateway } from '../../server/gateway.ts';
import { createWorker, type WorkerProcess } from '../../workers/worker.ts';
import { Api } from '../support/http.ts';
import { Outage } from '../support/outage.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { TestSocket } from '../support/socket.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const ACTIONS = 60;

let services: TestServices;
let mongodb: Outage;
let redis: Outage;
let gateway: Gateway;
let worker: WorkerProcess;
let url: string;
let service: Api;
let user: string;
let users = 0;

beforeAll(async () => {
  services = await isolatedServices();
  mongodb = await Outage.before(services.config.mongodbUri);
  redis = await Outage.before(services.config.redisUrl);
  const config = readConfig({ ...services.env, MONGODB_URI: mongodb.url, REDIS_URL: redis.url });
  gateway = createGateway(config);
  worker = createWorker(config);
  ({ url } = await gateway.listen());
  await worker.start();
  await until(async () => (await fetch(`${url}/readyz`)).ok, 'the gateway is ready');
  service = new Api(url, await serviceToken());
});
afterAll(async () => {
  await worker.close();
  await gateway.close();
  await mongodb.close();
  await redis.close();
  await services.remove();
});
beforeEach(async () => {
  users += 1;
  user = `ada-${users}`;
  await service.post(`/v1/users/${user}/track`, { to: `project:${users}`, actorOnly: false });
});

const log = (index: number) =>
  service.post<LogAnswer & Problem>('/v1/actions', {
    actor: `user:bob-${index % 5}`,
    verb: 'wrote',
    related: `project:${users}`,
    key: `${users}-${index}`,
  });

/** Logs with retries under the same key. */
async function logUntilAccepted(index: number): Promise<string> {
  return until(async () => {
    const { status, body } = await log(index);
    if (status !== 202) expect(body).toMatchObject({ status: 503, code: 'unavailable', retryable: true });
    return status === 202 && body.ids[0];
  }, `action ${index} is accepted`);
}

test('while MongoDB is unavailable, actions are accepted; they are delivered once when it is back', {
  timeout: 120_000,
}, async () => {
  const ada = await TestSocket.connect(url, await tokenFor(user));
  const ids: string[] = [];
  for (let index = 0; index < ACTIONS; index += 1) {
    if (index === ACTIONS / 3) await mongodb.start();
    const { status, body } = await log(index);
    expect(status).toBe(202);
    ids.push(...body.ids);
  }
  const page = await service.get<Problem>(`/v1/users/${user}/feed`);
  expect(page).toMatchObject({ status: 503, body: { code: 'unavailable', retryable: true } });
  expect((await service.get(`/readyz`)).status).toBe(503);

  await mongodb.end();
  await until(() => ada.items.length >= ids.length, 'everything is pushed', 60_000);
  await until(() => ada.counts.at(-1)?.unread === ids.length, 'the count is right');
  expect(ada.items.map(({ item }) => item.action.id).sort()).toEqual([...ids].sort());
  ada.close();
});

test('while Redis is unavailable, nothing is accepted and lost; afterwards everything works as before', {
  timeout: 120_000,
}, async () => {
  const ada = await TestSocket.connect(url, await tokenFor(user));
  const { position } = await ada.get<FeedPage>('feed:list', {});
  const ids: string[] = [];
  for (let index = 0; index < ACTIONS; index += 1) {
    if (index === ACTIONS / 3) await redis.start();
    if (index === ACTIONS / 3) expect((await log(index)).status).toBe(503);
    await redis.end();
    ids.push(await logUntilAccepted(index));
  }
  expect(new Set(ids).size).toBe(ACTIONS);
  await until(() => ada.otherEvents.includes('feed:stale'), 'the client is notified of a possible gap');
  const items = await until(
    async () => {
      const changes = await ada.get<FeedChanges>('feed:changes', { position });
      return changes.items.length === ACTIONS && changes.counts.unread === ACTIONS && changes.items;
    },
    'everything is in the feed',
    60_000,
  );
  expect(items.map((item) => item.action.id).sort()).toEqual([...ids].sort());
  ada.close();
});
