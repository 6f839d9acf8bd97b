/** Liveness and readiness, and the errors while MongoDB or Redis is unavailable. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../config/config.ts';
import type { Problem } from '../../protocol/errors.ts';
import { createGateway, type Gateway } from '../../server/gateway.ts';
import type { HealthState } from '../../server/http/health.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

test('liveness and readiness work without a token', async () => {
  const api = new Api(hub.url, null);
  expect(await api.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  const ready = await api.get<HealthState>('/readyz');
  expect(ready).toMatchObject({ status: 200, body: { status: 'ok', mongodb: 'ok', redis: 'ok' } });
  const state = { waiting: expect.any(Number), active: expect.any(Number), delayed: expect.any(Number) };
  expect(ready.body.queue).toEqual({ partitions: state, fanOut: state, maintenance: state });
});

test('responses have security headers, and no name of the server', async () => {
  const { headers } = await new Api(hub.url, null).get('/healthz');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

describe('a gateway without', () => {
  let gateway: Gateway;
  afterEach(() => gateway.close());

  async function start(settings: Record<string, string>): Promise<string> {
    gateway = createGateway(readConfig({ ...hub.services.env, ...settings }));
    return (await gateway.listen()).url;
  }

  const unavailable = { status: 503, body: { code: 'unavailable', retryable: true } };

  test('MongoDB is live, not ready, and responds to reads with a retryable error', async () => {
    const url = await start({ MONGODB_URI: 'mongodb://127.0.0.1:1/none' });
    const api = new Api(url, await serviceToken());
    expect((await api.get('/healthz')).status).toBe(200);
    // Redis may still be connecting.
    const ready = await until(async () => {
      const state = await api.get<HealthState>('/readyz');
      return state.body.redis === 'ok' && state;
    });
    expect(ready).toMatchObject({
      status: 503,
      body: { status: 'unavailable', mongodb: 'unavailable', redis: 'ok' },
    });
    expect(await api.get<Problem>('/v1/users/ada/feed')).toMatchObject(unavailable);
    expect(await api.post('/v1/actions', { actor: 'user:ada', verb: 'did' })).toMatchObject({ status: 202 });
  });

  test('Redis is live, not ready, and responds to actions with a retryable error', async () => {
    const url = await start({ REDIS_URL: 'redis://127.0.0.1:1/1' });
    const api = new Api(url, await serviceToken());
    expect((await api.get('/healthz')).status).toBe(200);
    const ready = await until(async () => {
      const state = await api.get<HealthState>('/readyz');
      return state.body.mongodb === 'ok' && state;
    });
    expect(ready).toMatchObject({
      status: 503,
      body: { status: 'unavailable', redis: 'unavailable', queue: null },
    });
    expect(await api.post<Problem>('/v1/actions', { actor: 'user:ada', verb: 'did' })).toMatchObject(
      unavailable,
    );
  });
});
