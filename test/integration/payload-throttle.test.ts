/** Large payloads of one space beside another: those that a gateway cannot read soon are refused with a retry time, and nothing is lost. */
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { LogAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { ApiResponse } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

/** More payloads than may wait per user and per space. */
const OF_USER = 60;
const OF_SPACE = 700;
const QUEUE_FULL = 'too many of your large payloads wait to be read';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

type Posted = Pick<ApiResponse<Partial<LogAnswer & Problem>>, 'status' | 'body' | 'headers'>;

const large = JSON.stringify({ actor: 'user:ada', verb: 'said', text: 'x'.repeat(4_096) });
const plain = { body: large, headers: {} };
const compressed = { body: gzipSync(large), headers: { 'content-encoding': 'gzip' } };

/** Concurrent requests. */
function posts(token: string, count: number, { body, headers } = plain as typeof compressed | typeof plain) {
  const post = async (): Promise<Posted> => {
    const response = await fetch(`${hub.url}/v1/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body,
    });
    return {
      status: response.status,
      body: (await response.json()) as Posted['body'],
      headers: response.headers,
    };
  };
  return Promise.all(Array.from({ length: count }, post));
}

/** Another space makes calls until the test ends. Returns their responses. */
async function beside(space: string): Promise<Set<number>> {
  const api = await hub.service({ space });
  const statuses = new Set<number>();
  const abort = new AbortController();
  const runWorkers = (async () => {
    while (!abort.signal.aborted) {
      statuses.add((await api.post('/v1/actions', { actor: 'user:ada', verb: 'did' })).status);
      await delay(20);
    }
  })();
  onTestFinished(async () => {
    abort.abort();
    await runWorkers;
  });
  await until(() => statuses.size > 0);
  return statuses;
}

const idsOf = (responses: readonly Posted[]) => responses.flatMap(({ body }) => body.ids ?? []);

async function allStored(space: string, ids: readonly string[]): Promise<boolean> {
  const api = await hub.service({ space });
  const found = await Promise.all(ids.map((id) => api.get(`/v1/actions/${id}`)));
  return found.every(({ status }) => status === 200);
}

test('a single space may send any number at once', async () => {
  const responses = await posts(await serviceToken({ space: 'alone' }), OF_SPACE);
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
});

test('beside another space, a space’s payloads that cannot wait are refused, and the others stored', async () => {
  const others = await beside('quiet');
  const token = await serviceToken({ space: 'loud' });
  const responses: Posted[] = [];
  // On a very slow machine the other space may seem idle, and nothing waits: then it tries again.
  await until(async () => {
    responses.push(...(await posts(token, OF_SPACE)));
    return responses.some(({ status }) => status !== 202);
  });
  const accepted = responses.filter(({ status }) => status === 202);
  const refused = responses.filter(({ status }) => status !== 202);
  expect(accepted.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, body, headers } of refused) {
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'overloaded' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect([...others]).toEqual([202]);
  const ids = idsOf(accepted);
  expect(ids).toHaveLength(accepted.length);
  await until(() => allStored('loud', ids));
});

test.each([
  { name: 'plain', payload: plain },
  { name: 'compressed', payload: compressed },
])('a user’s own $name payloads are refused before its backend’s have to wait', async ({ payload }) => {
  await beside('calm');
  const [own, service] = [await tokenFor('ada', { space: 'busy' }), await serviceToken({ space: 'busy' })];
  const refusals = new Set<string | undefined>();
  const statuses = { user: new Set<number>(), backend: new Set<number>() };
  await until(async () => {
    const [user, backend] = await Promise.all([posts(own, OF_USER, payload), posts(service, 5)]);
    for (const { status } of backend) statuses.backend.add(status);
    for (const { status, body } of user) {
      statuses.user.add(status);
      refusals.add(body.detail);
    }
    return refusals.has(QUEUE_FULL);
  });
  expect(statuses).toEqual({ user: new Set([202, 429]), backend: new Set([202]) });
});
