/** What is too much for a space is refused before it is read, so that it costs others nothing. */
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

const said = (more: Record<string, unknown> = {}) => ({ actor: 'user:ada', verb: 'said', ...more });
const batch = () => ({ actions: Array.from({ length: 8 }, () => said({ text: 'x'.repeat(1_000) })) });

interface Unread {
  status: number | undefined;
  problem: Problem;
  retryAfter: number;
}

/** Sends the head of a large batch and none of its body. `null`: the hub waits for the body. */
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

test('a large batch of an overloaded space is refused unread; others, and repeats, are read', async () => {
  hub = await TestHub.start({ workers: 0, settings: { HUBBUB_MAX_BACKLOG: '20' } });
  const [loud, quiet] = [await hub.service(), await hub.service({ space: 'quiet' })];
  const key = { 'idempotency-key': 'first' };
  const first = await loud.post<{ ids: string[] }>('/v1/actions', batch(), key);
  expect(first.status).toBe(202);

  const token = await serviceToken();
  const unread = await until(async () => {
    // Refused after it was read. On a busy machine that may be too long ago when the next one comes.
    expect((await loud.post('/v1/actions', batch())).status).toBe(503);
    return announce(token);
  }, 'a batch that is refused unread');
  expect(unread).toMatchObject({ status: 503, problem: { code: 'overloaded', retryable: true } });
  expect(unread.retryAfter).toBeGreaterThanOrEqual(1);

  expect((await loud.post('/v1/actions', batch())).status).toBe(503);
  expect(await loud.post('/v1/actions', batch(), key)).toMatchObject({ status: 202, body: first.body });
  expect((await loud.post('/v1/actions', said())).status).toBe(202);
  expect((await quiet.post('/v1/actions', batch())).status).toBe(202);

  await hub.addWorker();
  await until(async () => (await loud.post('/v1/actions', batch())).status === 202, 'room');
});
