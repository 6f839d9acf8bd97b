/** `wait=1`: the response comes when feeds are up to date; after 30 s it is 202. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2, workers: 0 });
  api = await hub.service();
});
afterAll(() => hub.close());

const keyed = { actor: 'user:ada', verb: 'did', notify: ['bob'], key: 'k' };

describe.sequential('a request to log', () => {
  test('that waits ends with 202 and no results after 30 s without a worker', async () => {
    const started = Date.now();
    const socket = await hub.socket('backend', { scope: 'service' });
    const [http, acked] = await Promise.all([
      api.post<LogAnswer>('/v1/actions?wait=1', keyed),
      socket.get<LogAnswer>('log', { ...keyed, key: undefined }, { wait: true }),
    ]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(30_000);
    expect(http.status).toBe(202);
    expect(Object.keys(http.body)).toEqual(['ids']);
    expect(Object.keys(acked)).toEqual(['ids']);
  });

  test('that repeats a key waits for the first, at any gateway, and returns its results', async () => {
    const [, second = ''] = hub.urls;
    const socket = await hub.socket('backend', { scope: 'service' }, second);
    const responses = Promise.all([
      api.post<LogAnswer>('/v1/actions?wait=1', keyed),
      socket.get<LogAnswer>('log', keyed, { wait: true }),
    ]);
    await hub.addWorker();
    const [http, acked] = await responses;
    expect(http.status).toBe(200);
    expect(http.body).toEqual(acked);
    expect(acked.results).toMatchObject([{ id: acked.ids[0], outcome: 'created', action: { verb: 'did' } }]);
  });

  test('that waited is followed by one that sees the items', async () => {
    const before = await api.get<FeedPage>('/v1/users/cy/feed');
    for (let n = 1; n <= 20; n += 1) {
      const logged = await api.post<LogAnswer>('/v1/actions?wait=1', {
        ...keyed,
        key: undefined,
        notify: ['cy'],
      });
      const after = await api.get<FeedPage>('/v1/users/cy/feed');
      expect(after.body.items[0]?.action.id).toBe(logged.body.ids[0]);
      expect(after.body.counts).toMatchObject({ unread: n, unseen: n });
      expect(after.body.position > before.body.position).toBe(true);
    }
  });

  test('does not wait without `wait`', async () => {
    await hub.stopWorkers();
    for (const query of ['', '?wait=0', '?wait=false']) {
      expect(
        await api.post<LogAnswer>(`/v1/actions${query}`, { actor: 'user:ada', verb: 'did' }),
      ).toMatchObject({ status: 202 });
    }
  });
});
