/** What Prometheus reads from a gateway. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../infra/config.ts';
import { createGateway } from '../../server/gateway.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2 });
});
afterAll(() => hub.close());

/** The samples by name and labels. */
async function samples(url = hub.url): Promise<Map<string, number>> {
  const answer = await fetch(`${url}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/plain');
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const requests = (route: string, status: number, method = 'GET') =>
  `hubbub_http_requests_total{method="${method}",route="${route}",status="${status}"}`;

describe('metrics', () => {
  it('count requests by the pattern of their route, and name neither users nor paths', async () => {
    const [ada, nobody] = [await hub.api('ada'), await hub.api('zoe', { scope: 'log' })];
    await ada.get('/v1/users/ada/feed');
    await ada.get('/v1/users/ada/feed/counts');
    await ada.get('/v1/users/somebody-else/feed');
    await nobody.get('/v1/users/zoe/feed/');
    await ada.get('/v1/no/such/path');
    await ada.get('/somewhere');
    const found = await samples();
    expect(found.get(requests('/v1/users/:id/feed', 200))).toBe(1);
    expect(found.get(requests('/v1/users/:id/feed', 403))).toBe(2);
    expect(found.get(requests('/v1/users/:id/feed/counts', 200))).toBe(1);
    expect(found.get(requests('other', 404))).toBe(2);
    const [count] = [...found].filter(([name]) =>
      name.startsWith('hubbub_http_request_duration_seconds_count'),
    );
    expect(count?.[1]).toBeGreaterThan(0);
    for (const name of found.keys()) expect(name).not.toMatch(/ada|zoe|somebody|such|somewhere/);
  });

  it('count sockets, what they ask, and what is pushed to them', async () => {
    const ada = await hub.socket('ada');
    await ada.get('feed:list', {});
    await ada.ask('feed:list', { limit: 0 });
    await ada.ask('no:such:event', {});
    const service = await hub.service();
    const before = await samples();
    expect(before.get('hubbub_sockets_connected')).toBe(1);
    expect(before.get('hubbub_socket_events_total{event="feed:list",outcome="ok"}')).toBe(1);
    expect(before.get('hubbub_socket_events_total{event="feed:list",outcome="invalid_input"}')).toBe(1);
    expect(before.get('hubbub_socket_events_total{event="unknown",outcome="unknown_event"}')).toBe(1);
    const action = { actor: 'user:bob', verb: 'opened', targets: 'issue:1', notify: ['ada'] };
    const { status } = await service.post('/v1/actions?wait=1', {
      actions: [action, { ...action, verb: 'closed' }],
    });
    expect(status).toBe(200);
    await until(() => ada.items.length === 2 && ada.counts.length > 0, 'the pushes');
    const after = await samples();
    expect(after.get('hubbub_actions_accepted_total')).toBe(2);
    expect(after.get('hubbub_pushes_total{event="feed:item"}')).toBe(2);
    expect(after.get('hubbub_pushes_total{event="feed:counts"}')).toBe(ada.counts.length);
    expect(after.get('hubbub_counts_queries_total')).toBeGreaterThan(0);
    ada.close();
    await until(async () => (await samples()).get('hubbub_sockets_connected') === 0, 'the socket to be gone');
  });

  it('are of one gateway only, but for what all share', async () => {
    const [, second = ''] = hub.urls;
    const found = await samples(second);
    expect(found.get('hubbub_actions_accepted_total')).toBe(0);
    expect(found.get(requests('/v1/users/:id/feed', 200))).toBeUndefined();
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  it('tell how much work waits, and for how long', async () => {
    await hub.stopWorkers();
    const service = await hub.service();
    await service.post('/v1/actions', { actor: 'user:bob', verb: 'opened', targets: 'issue:1' });
    const waiting = await until(async () => {
      const found = await samples();
      return found.get('hubbub_queue_jobs{queue="lanes",state="waiting"}') === 1 &&
        Number(found.get('hubbub_lane_lag_seconds')) > 0.05
        ? found
        : null;
    }, 'a job to wait');
    for (const queue of ['lanes', 'fanout', 'upkeep']) {
      for (const state of ['waiting', 'active', 'delayed'])
        expect(waiting.get(`hubbub_queue_jobs{queue="${queue}",state="${state}"}`)).toBeTypeOf('number');
    }
    await hub.addWorker();
    await until(async () => (await samples()).get('hubbub_lane_lag_seconds') === 0, 'nothing to wait');
    // Neither does what only comes round again.
    await until(async () => {
      const jobs = [...(await samples())].filter(([name]) => name.startsWith('hubbub_queue_jobs'));
      return jobs.length === 9 && jobs.every(([, value]) => value === 0);
    }, 'no jobs');
  });

  it('are told while Redis is away, but for what lies there', async () => {
    const gateway = createGateway(readConfig({ ...hub.services.env, REDIS_URL: 'redis://127.0.0.1:1' }));
    try {
      const found = await samples((await gateway.listen()).url);
      expect(found.get('hubbub_sockets_connected')).toBe(0);
      expect([...found.keys()].filter((name) => /queue_jobs|lane_lag/.test(name))).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});
