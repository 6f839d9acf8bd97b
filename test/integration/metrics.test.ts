/** The metrics of a gateway for Prometheus. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { createGateway } from '../../server/gateway.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2 });
});
afterAll(() => hub.close());

/** Samples by name and labels. */
async function samples(url = hub.url): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
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

  it('count sockets, their requests, and pushes', async () => {
    const ada = await hub.socket('ada');
    await ada.get('feed:list', {});
    await ada.request('feed:list', { limit: 0 });
    await ada.request('no:such:event', {});
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
    await until(async () => (await samples()).get('hubbub_sockets_connected') === 0, 'the socket is closed');
  });

  it('are of one gateway only, except shared values', async () => {
    const [, second = ''] = hub.urls;
    const found = await samples(second);
    expect(found.get('hubbub_actions_accepted_total')).toBe(0);
    expect(found.get(requests('/v1/users/:id/feed', 200))).toBeUndefined();
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  });

  it('report the pending work and its age', async () => {
    await hub.stopWorkers();
    const service = await hub.service();
    await service.post('/v1/actions', { actor: 'user:bob', verb: 'opened', targets: 'issue:1' });
    const found = await until(async () => {
      const current = await samples();
      return current.get('hubbub_queue_jobs{queue="partitions",state="waiting"}') === 1 &&
        Number(current.get('hubbub_queue_lag_seconds')) > 0.05
        ? current
        : null;
    }, 'a job waits');
    for (const queue of ['partitions', 'fanout', 'maintenance']) {
      for (const state of ['waiting', 'active', 'delayed'])
        expect(found.get(`hubbub_queue_jobs{queue="${queue}",state="${state}"}`)).toBeTypeOf('number');
    }
    await hub.addWorker();
    await until(async () => (await samples()).get('hubbub_queue_lag_seconds') === 0, 'nothing waits');
    // Nor does any periodic job count.
    await until(async () => {
      const jobs = [...(await samples())].filter(([name]) => name.startsWith('hubbub_queue_jobs'));
      return jobs.length === 9 && jobs.every(([, value]) => value === 0);
    }, 'no jobs');
  });

  it('are served while Redis is unavailable, without its values', async () => {
    const gateway = createGateway(readConfig({ ...hub.services.env, REDIS_URL: 'redis://127.0.0.1:1' }));
    try {
      const found = await samples((await gateway.listen()).url);
      expect(found.get('hubbub_sockets_connected')).toBe(0);
      expect([...found.keys()].filter((name) => /queue_jobs|queue_lag/.test(name))).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});
