import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackersAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { TestHub } from '../support/hub.ts';

const projects = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `project:p${from + index}`);

describe('the trackers of a user', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await TestHub.start({ gateways: 2, workers: 0, settings: { HUBBUB_MAX_TRACKERS: '10' } });
  });
  afterAll(() => hub.close());

  const owned = async (user: string) =>
    (await (await hub.service()).get<{ items: unknown[] }>(`/v1/users/${user}/trackers?limit=100`)).body.items
      .length;

  test('are limited in track, which succeeds completely or not at all', async () => {
    const api = await hub.api('ada');
    const track = (to: string[], log = false) => api.post<Problem>('/v1/users/ada/track', { to, log });
    expect((await track(projects(0, 8))).status).toBe(202);
    const refused = await track(projects(7, 4));
    expect(refused).toMatchObject({ status: 409, body: { code: 'limit_reached', retryable: false } });
    // Existing trackers do not count as new.
    expect(refused.body.fields?.map(({ path }) => path)).toEqual(['to[1]', 'to[2]', 'to[3]']);
    expect(await owned('ada')).toBe(8);
    expect((await track(projects(0, 10), true)).status).toBe(202);
    expect((await track(projects(20, 1), true)).status).toBe(409);
    expect((await track(projects(0, 10))).status).toBe(202);
    await api.post('/v1/users/ada/untrack', { from: projects(0, 1) });
    expect((await track(projects(20, 1))).status).toBe(202);
    expect(await owned('ada')).toBe(10);
  });

  test('are limited over sockets, and in bulk for each user', async () => {
    const socket = await hub.socket('bob');
    await socket.get<TrackersAnswer>('track', { to: projects(0, 10) });
    expect(await socket.request('track', { to: 'project:p10' })).toMatchObject({
      ok: false,
      error: { code: 'limit_reached', fields: [{ path: 'to[0]' }] },
    });
    const api = await hub.service();
    const trackers = [
      { user: 'cy', to: projects(0, 10) },
      { user: 'bob', to: ['project:p3', 'project:p11'] },
    ];
    const refused = await api.post<Problem>('/v1/trackers', { trackers });
    expect(refused).toMatchObject({ status: 409, body: { fields: [{ path: 'trackers[1].to[1]' }] } });
    expect(await owned('cy')).toBe(0);
  });

  test('stay within the limit during concurrent calls', async () => {
    const apis = await Promise.all(hub.urls.map((url) => hub.api('dan', {}, url)));
    const responses = await Promise.all(
      projects(0, 40).map((to, index) => apis[index % 2]?.post('/v1/users/dan/track', { to })),
    );
    expect(new Set(responses.map((response) => response?.status))).toEqual(new Set([202, 409]));
    expect(await owned('dan')).toBeLessThanOrEqual(10);
  });
});
