/** Requests over a space's limit are refused before they are read, so that they do not affect others. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import type { Problem } from '../../protocol/errors.ts';
import { TestHub } from '../support/hub.ts';
import { serviceToken } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const LENGTH = 500_000;
const ANSWER_MS = 2_000;

let hub: TestHub;
afterEach(() => hub.close());

const saidAction = (more: Record<string, unknown> = {}) => ({ actor: 'user:ada', verb: 'said', ...more });
const batch = () => ({ actions: Array.from({ length: 8 }, () => saidAction({ text: 'x'.repeat(1_000) })) });

interface Unread {
  status: number | undefined;
  problem: Problem;
  retryAfter: number;
}

/** Sends the head of a large batch without its body. Returns `null` if the hub waits for the body. */
async function announce(token: string): Promise<Unread | null> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': LENGTH,
  };
  const call = request(`${hub.url}/v1/actions`, { method: 'POST', headers });
  call.flushHeaders();
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
    const { statusCode: status, headers: fields } = response;
    const problem = JSON.parse(await text(response)) as Problem;
    return { status, problem, retryAfter: Number(fields['retry-after']) };
  } catch {
    return null;
  } finally {
    call.on('error', () => undefined).destroy();
  }
}

test('a large batch of an overloaded space is rejected unread; other bodies and repeats are read', async () => {
  hub = await TestHub.start({ workers: 0, settings: { HUBBUB_MAX_BACKLOG: '20' } });
  const [flooding, other] = [await hub.service(), await hub.service({ space: 'quiet' })];
  const key = { 'idempotency-key': 'first' };
  const first = await flooding.post<{ ids: string[] }>('/v1/actions', batch(), key);
  expect(first.status).toBe(202);

  const token = await serviceToken();
  const unread = await until(async () => {
    // This one is refused after reading. On a busy machine the hub may have forgotten that before the next one.
    expect((await flooding.post('/v1/actions', batch())).status).toBe(503);
    return announce(token);
  }, 'a batch that is refused unread');
  expect(unread).toMatchObject({ status: 503, problem: { code: 'overloaded', retryable: true } });
  expect(unread.retryAfter).toBeGreaterThanOrEqual(1);

  expect((await flooding.post('/v1/actions', batch())).status).toBe(503);
  expect(await flooding.post('/v1/actions', batch(), key)).toMatchObject({ status: 202, body: first.body });
  expect((await flooding.post('/v1/actions', saidAction())).status).toBe(202);
  expect((await other.post('/v1/actions', batch())).status).toBe(202);

  await hub.addWorker();
  await until(async () => (await flooding.post('/v1/actions', batch())).status === 202, 'capacity');
});
