import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { burstOf, sharedRate } from '../../infra/redis/rates.ts';
import { Shards } from '../../infra/redis/shards.ts';
import type { ErrorBody, Problem } from '../../protocol/errors.ts';
import { Api, type ApiResponse } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { isolatedServices } from '../support/services.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const shards = new Shards(1);

const action = (user: string) => ({ actor: `user:${user}`, verb: 'did' });
const actions = (user: string, count: number) => Array.from({ length: count }, () => action(user));
const statuses = (responses: ReadonlyArray<ApiResponse<unknown>>) => responses.map(({ status }) => status);
const count = (all: readonly number[], wanted: number) => all.filter((each) => each === wanted).length;

describe('rates', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await TestHub.start({
      gateways: 2,
      workers: 0,
      settings: { HUBBUB_RATE_LIMIT: 'log=2/s, call=4/s', HUBBUB_CORS_ORIGIN: 'https://app.example.com' },
    });
  });
  afterAll(() => hub.close());

  test('are shared by gateways, also for concurrent calls', async () => {
    const apis = await Promise.all(hub.urls.map((url) => hub.api('ada', {}, url)));
    const responses = await Promise.all(
      Array.from({ length: 100 }, (_, index) => apis[index % 2]?.post<unknown>('/v1/actions', action('ada'))),
    );
    const all = statuses(responses.flatMap((each) => each ?? []));
    // Twenty, plus what one or two seconds add, minus what is unused in a lease.
    expect(count(all, 202)).toBeGreaterThanOrEqual(16);
    expect(count(all, 202)).toBeLessThanOrEqual(30);
    expect(count(all, 429)).toBe(100 - count(all, 202));
  });

  test('are in headers of every response', async () => {
    const api = await hub.api('bob');
    const counts = await api.get('/v1/users/bob/feed/counts');
    expect(counts.headers.get('ratelimit-policy')).toBe('"log";q=20;w=10, "call";q=40;w=10');
    expect(counts.headers.get('ratelimit')).toMatch(/^"call";r=39;t=1$/);
    const logged = await api.post('/v1/actions', { actions: actions('bob', 5) });
    expect(logged.headers.get('ratelimit')).toMatch(/^"log";r=15;t=3$/);
    const filtered = await api.get('/v1/users/bob/feed?verb=did');
    expect(filtered.headers.get('ratelimit')).toMatch(/^"call";r=(19|20);t=[56]$/);
    const exposed = filtered.headers.get('access-control-expose-headers');
    expect(exposed).toBe('RateLimit,RateLimit-Policy,Retry-After');
  });

  test('refuse with a time after which the same call passes', async () => {
    const api = await hub.api('cy');
    expect((await api.post('/v1/actions', { actions: actions('cy', 20) })).status).toBe(202);
    const refused = await api.post<Problem>('/v1/actions', { actions: actions('cy', 2) });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retryable: true } });
    expect(refused.headers.get('ratelimit')).toBe('"log";r=0;t=1');
    const wait = Number(refused.headers.get('retry-after')) * 1_000;
    expect(wait).toBe(1_000);
    const startedAt = Date.now();
    await until(async () => Date.now() - startedAt >= wait, 'the retry time');
    expect((await api.post('/v1/actions', { actions: actions('cy', 2) })).status).toBe(202);
    // The other kind of calls is not affected.
    expect((await api.get('/v1/users/cy/feed')).status).toBe(200);
  });

  test('apply to sockets, with the same buckets', async () => {
    const socket = await hub.socket('dan');
    const api = await hub.api('dan', {}, hub.urls[1]);
    expect(await socket.request('log', actions('dan', 15))).toMatchObject({ ok: true });
    expect((await api.post('/v1/actions', { actions: actions('dan', 15) })).status).toBe(429);
    const refused = await socket.request('log', actions('dan', 15));
    expect(refused).toMatchObject({ ok: false, error: { code: 'rate_limited', retryable: true } });
    const { retryAfterMs = 0 } = refused.ok ? {} : refused.error;
    expect(retryAfterMs).toBeGreaterThan(1_000);
    expect(retryAfterMs).toBeLessThanOrEqual(5_000);
  });

  test('accept a batch larger than the bucket, and delay later calls', async () => {
    const api = await hub.api('eve');
    expect((await api.post('/v1/actions', { actions: actions('eve', 100) })).status).toBe(202);
    const refused = await api.post<Problem>('/v1/actions', action('eve'));
    expect(refused.status).toBe(429);
    // A debt of eighty, plus this one.
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30);
  });

  test('count unreadable calls and unknown paths', async () => {
    const api = await hub.api('flo');
    const send = () =>
      api.send<Problem>('POST', '/v1/users/flo/track', '{', { 'content-type': 'application/json' });
    const all = statuses(await Promise.all(Array.from({ length: 60 }, send)));
    expect(count(all, 400)).toBeGreaterThan(10);
    expect(count(all, 429)).toBeGreaterThan(10);
    const other = await hub.api('hal');
    const more = statuses(await Promise.all(Array.from({ length: 60 }, () => other.get('/v1/nothing'))));
    expect(count(more, 404)).toBeGreaterThan(10);
    expect(count(more, 429)).toBeGreaterThan(10);
    const socket = await hub.socket('gil');
    const acks = await Promise.all(Array.from({ length: 60 }, () => socket.request('nothing', {})));
    const codes = acks.map((ack) => (ack.ok ? 'ok' : ack.error.code));
    expect(new Set(codes)).toEqual(new Set(['unknown_event', 'rate_limited']));
  });

  test('do not apply to the service scope', async () => {
    const api = await hub.service();
    const responses = await Promise.all(
      Array.from({ length: 50 }, () => api.post('/v1/actions', { actions: actions('ada', 10) })),
    );
    expect(new Set(statuses(responses))).toEqual(new Set([202]));
    expect(responses[0]?.headers.get('ratelimit-policy')).toBeNull();
  });

  test('are counted in the metrics', async () => {
    const text = await (await fetch(`${hub.url}/metrics`)).text();
    expect(text).toMatch(/^hubbub_refusals_total\{reason="rate_log"\} [1-9]/m);
    expect(text).toMatch(/^hubbub_refusals_total\{reason="rate_call"\} [1-9]/m);
  });
});

describe('rates of the service scope', () => {
  test('apply if they are configured', async () => {
    const hub = await TestHub.start({ workers: 0, settings: { HUBBUB_RATE_LIMIT_SERVICE: 'log=1/s' } });
    onTestFinished(() => hub.close());
    const api = await hub.service();
    expect((await api.post('/v1/actions', { actions: actions('ada', 10) })).status).toBe(202);
    expect((await api.post('/v1/actions', action('ada'))).status).toBe(429);
    // A user with the same name has another bucket.
    const user = await hub.api('backend');
    expect((await user.post('/v1/actions', action('backend'))).status).toBe(202);
  });
});

describe('failed tokens', () => {
  test('block their address before any further token is verified', async () => {
    const settings = { HUBBUB_RATE_LIMIT_FAILURES: '5', HUBBUB_TRUST_PROXY: '1' };
    const hub = await TestHub.start({ gateways: 2, workers: 0, settings });
    onTestFinished(() => hub.close());
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const [bad, good] = [
      await tokenFor('ada', {}, 'a secret that is another one entirely'),
      await tokenFor('ada'),
    ];
    const request = (token: string, address: string, url = hub.url) =>
      new Api(url, token).send<Problem>('GET', '/v1/users/ada/feed/counts', undefined, from(address));
    for (let times = 0; times < 5; times += 1) expect((await request(bad, '192.0.2.1')).status).toBe(401);
    const refused = await request(good, '192.0.2.1');
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    // Addresses that the client adds itself make no difference.
    expect((await request(good, '198.51.100.9, 192.0.2.1')).status).toBe(429);
    const handshake = TestSocket.connect(hub.url, good, {}, from('192.0.2.1'));
    await expect(handshake).rejects.toMatchObject({
      code: 'rate_limited',
      retryable: true,
    } satisfies Partial<ErrorBody>);
    expect((await request(good, '192.0.2.2')).status).toBe(200);
    // Another gateway notices it after one more failure.
    expect((await request(bad, '192.0.2.1', hub.urls[1])).status).toBe(401);
    expect((await request(good, '192.0.2.1', hub.urls[1])).status).toBe(429);
  });

  test('of handshakes count as well', async () => {
    const hub = await TestHub.start({ workers: 0, settings: { HUBBUB_RATE_LIMIT_FAILURES: '3' } });
    onTestFinished(() => hub.close());
    for (let times = 0; times < 3; times += 1) {
      await expect(TestSocket.connect(hub.url, 'bad')).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    await expect(hub.socket('ada')).rejects.toMatchObject({ code: 'rate_limited' });
    expect((await (await hub.api('ada')).get('/v1/users/ada/feed/counts')).status).toBe(429);
    const text = await (await fetch(`${hub.url}/metrics`)).text();
    expect(text).toMatch(/^hubbub_refusals_total\{reason="failures"\} 2/m);
  });
});

test('without Redis a gateway counts alone: it neither refuses nor accepts everything', async () => {
  const redis = new Redis({ port: 1, lazyConnect: true, retryStrategy: () => 10_000 });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  redis.connect().catch(() => undefined);
  const rate = sharedRate(redis, shards, 'test', burstOf(2));
  const taken = await Promise.all(Array.from({ length: 30 }, () => rate.take('ada', 1)));
  expect(taken.filter(({ isTaken }) => isTaken)).toHaveLength(20);
});

test('a Redis clock that was ahead does not block callers for that time', async () => {
  const services = await isolatedServices();
  const redis = new Redis(services.config.redisUrl);
  onTestFinished(async () => {
    redis.disconnect();
    await services.remove();
  });
  await redis.ping();
  const rate = sharedRate(redis, shards, 'test', burstOf(50));
  expect(await rate.take('ada', 1)).toMatchObject({ isTaken: true });
  const [bucket = ''] = await redis.keys('*');
  await redis.set(bucket, Date.now() + 3_600_000);
  const taken = await rate.take('ada', 1);
  expect(taken).toMatchObject({ isTaken: false });
  // Two buckets of ten seconds each.
  expect('retryAfterMs' in taken && taken.retryAfterMs).toBeLessThanOrEqual(20_000);
});
