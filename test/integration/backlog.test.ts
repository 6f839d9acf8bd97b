/** The backlog is limited: above the limit, actions are refused with a retry time, and nothing is stored. */
import { afterEach, expect, test } from 'vitest';
import type { Problem } from '../../protocol/errors.ts';
import type { HealthState } from '../../server/http/health.ts';
import { TestHub } from '../support/hub.ts';
import { RedisProcess } from '../support/redis-process.ts';
import { until } from '../support/until.ts';

const opened: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(settings: Record<string, string>): Promise<TestHub> {
  const hub = await TestHub.start({ workers: 0, settings });
  opened.push(() => hub.close());
  return hub;
}

/** About 600 KB. */
const large = () => ({
  actions: Array.from({ length: 10 }, () => saidAction({ text: 'x'.repeat(60_000) })),
});

const saidAction = (more: Record<string, unknown> = {}) => ({ actor: 'user:ada', verb: 'said', ...more });

test('a hub at its limit refuses with a retry time, and stores nothing', async () => {
  const hub = await start({ HUBBUB_MAX_BACKLOG: '6', HUBBUB_MAX_BACKLOG_SPACE: '1' });
  const api = await hub.service();
  const first = await api.post('/v1/actions', saidAction({ key: 'first' }));
  expect(first.status).toBe(202);
  for (let count = 0; count < 5; count += 1) await api.post('/v1/actions', saidAction());

  const refused = await api.post<Problem>('/v1/actions', saidAction({ key: 'later' }));
  expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded', retryable: true } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  // A batch is refused as a whole, even if a part would fit.
  expect((await api.post('/v1/actions', { actions: [saidAction(), saidAction()] })).status).toBe(503);
  const socket = await hub.socket('ada');
  const response = await socket.request('log', saidAction());
  expect(response).toMatchObject({
    ok: false,
    error: { code: 'overloaded', retryAfterMs: expect.any(Number) },
  });
  // A repeated request gets the first response and uses no capacity.
  expect(await api.post('/v1/actions', saidAction({ key: 'first' }))).toMatchObject({
    status: 202,
    body: first.body,
  });

  const state = await api.get<HealthState>('/readyz');
  expect(state).toMatchObject({ status: 200, body: { backlog: { actions: 6, actionsLimit: 6 } } });

  await hub.addWorker();
  await until(async () => (await api.get<HealthState>('/readyz')).body.backlog?.actions === 0);
  expect((await api.post('/v1/actions', saidAction({ key: 'later' }))).status).toBe(202);
  await until(async () => (await api.get<HealthState>('/readyz')).body.backlog?.bytes === 0);
  const { body } = await api.get<{ items: unknown[] }>('/v1/actions?limit=100');
  expect(body.items).toHaveLength(7);
});

test('tracking with logging is refused before anything is stored', async () => {
  const hub = await start({ HUBBUB_MAX_BACKLOG: '2', HUBBUB_MAX_BACKLOG_SPACE: '1' });
  const api = await hub.service();
  const tracked = async () =>
    (await api.get<{ items: unknown[] }>('/v1/users/ada/trackers')).body.items.length;
  const [track, untrack] = ['/v1/users/ada/track', '/v1/users/ada/untrack'];
  expect((await api.post(track, { to: 'project:p1' })).status).toBeLessThan(300);
  for (let count = 0; count < 2; count += 1) await api.post('/v1/actions', saidAction());

  const refused = { status: 503, body: { code: 'overloaded', retryable: true } };
  expect(await api.post(track, { to: 'project:p2', log: true })).toMatchObject(refused);
  const bulk = [
    { user: 'ada', to: 'project:p2' },
    { user: 'bob', to: 'project:p2', log: true },
  ];
  expect(await api.post('/v1/trackers', { trackers: bulk })).toMatchObject(refused);
  expect(await tracked()).toBe(1);
  expect(await api.post(untrack, { from: 'project:p1', log: true })).toMatchObject(refused);
  expect(await tracked()).toBe(1);
  // Calls that log nothing need no capacity.
  expect((await api.post(track, { to: 'project:p2' })).status).toBeLessThan(300);
  expect((await api.post(untrack, { from: 'project:p1' })).status).toBeLessThan(300);

  await hub.addWorker();
  await until(async () => (await api.get<HealthState>('/readyz')).body.backlog?.actions === 0);
  expect((await api.post(track, { to: 'project:p3', log: true })).status).toBeLessThan(300);
});

test('a space cannot use the share of the others', async () => {
  const hub = await start({ HUBBUB_MAX_BACKLOG: '8' });
  const [api, other] = [await hub.service(), await hub.service({ space: 'other' })];
  const fill = async (of: typeof api) => {
    let acceptedCount = 0;
    while ((await of.post('/v1/actions', saidAction())).status === 202) acceptedCount += 1;
    return acceptedCount;
  };
  expect(await fill(api)).toBe(4);
  expect(await fill(other)).toBe(4);
});

test('bytes are limited, too', async () => {
  const hub = await start({ HUBBUB_MAX_BACKLOG_BYTES: '2097152' });
  const api = await hub.service();
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) statuses.push((await api.post('/v1/actions', large())).status);
  expect(statuses).toEqual([202, 503, 503, 503]);
  expect((await api.post('/v1/actions', saidAction())).status).toBe(202);
});

test('a Redis with a memory limit keeps memory for workers, and recovers', async () => {
  const redis = await RedisProcess.start({ maxmemory: '64mb', 'maxmemory-policy': 'noeviction' });
  opened.push(() => redis.close());
  const hub = await start({ REDIS_URL: redis.url });
  const api = await hub.service();
  const accepted: string[] = [];
  let refusals = 0;
  // Many concurrent requests, far above the limit.
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let count = 0; count < 12; count += 1) {
        // A busy machine may close an idle connection.
        const response = await api.post<{ ids?: string[] }>('/v1/actions', large()).catch(() => null);
        if (!response) continue;
        if (response.status === 202) accepted.push(...(response.body.ids ?? []));
        else {
          refusals += 1;
          expect(response).toMatchObject({ status: 503, body: { code: 'overloaded' } });
          expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        }
      }
    }),
  );
  expect(refusals).toBeGreaterThan(50);
  expect(accepted.length).toBeGreaterThan(200);
  const full = await api.get<HealthState>('/readyz');
  expect(full.status).toBe(200);
  expect(full.body.backlog?.memory).toBeLessThan(0.9);

  await hub.addWorker();
  await until(
    async () => (await api.get<HealthState>('/readyz')).body.backlog?.actions === 0,
    'the end',
    90_000,
  );
  await until(async () => (await api.post('/v1/actions', saidAction())).status === 202, 'capacity');
  for (const id of accepted) expect((await api.get(`/v1/actions/${id}`)).status).toBe(200);
}, 180_000);
