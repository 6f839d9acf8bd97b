/** Large payloads of one space beside another: what a gateway cannot read soon is refused with a time, and nothing is lost. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { LogAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Answer } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { until } from '../support/until.ts';

const MAX_WAITING = 250;
const POSTS = 700;
const LARGE = 'x'.repeat(4_096);

const opened: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function start(): Promise<TestHub> {
  const hub = await TestHub.start();
  opened.push(() => hub.close());
  return hub;
}

/** As many large payloads at once; what was answered to each. */
async function flood(hub: TestHub): Promise<Array<Answer<Partial<LogAnswer & Problem>>>> {
  const loud = await hub.service({ space: 'loud' });
  const posts = Array.from({ length: POSTS }, (_, n) =>
    loud.post<Partial<LogAnswer & Problem>>('/v1/actions', { actor: `user:${n % 50}`, verb: 'said', LARGE }),
  );
  return await Promise.all(posts);
}

async function stored(hub: TestHub, ids: readonly string[]): Promise<boolean> {
  const loud = await hub.service({ space: 'loud' });
  const found = await Promise.all(ids.map((id) => loud.get(`/v1/actions/${id}`)));
  return found.every(({ status }) => status === 200);
}

test('a space that is alone may send as many at once as it likes', async () => {
  const answers = await flood(await start());
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
});

test('beside another space, more than may wait are refused; small calls of either are not', async () => {
  const hub = await start();
  const quiet = await hub.service({ space: 'quiet' });
  const small = async () => (await quiet.post('/v1/actions', { actor: 'user:ada', verb: 'did' })).status;
  let isFlooded = false;
  const statuses = new Set<number>();
  const others = (async () => {
    while (!isFlooded) {
      statuses.add(await small());
      await delay(50);
    }
  })();
  await until(() => statuses.has(202));
  const answers = await flood(hub);
  isFlooded = true;
  await others;

  expect([...statuses]).toEqual([202]);
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status !== 202);
  expect(accepted.length).toBeGreaterThanOrEqual(MAX_WAITING);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, body, headers } of refused) {
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'overloaded' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const ids = accepted.flatMap(({ body }) => body.ids ?? []);
  expect(ids.length).toBe(accepted.length);
  await until(() => stored(hub, ids));
});

test('batches over sockets wait as well, and keep their order', async () => {
  const hub = await start();
  const quiet = await hub.service({ space: 'quiet' });
  await quiet.post('/v1/actions', { actor: 'user:ada', verb: 'did' });
  const loud = await hub.socket('ada', { space: 'loud' });
  const batch = Array.from({ length: 100 }, () => ({
    actor: 'user:ada',
    verb: 'said',
    text: 'x'.repeat(64),
  }));
  const order: string[] = [];
  const log = async (name: string, input: unknown) => {
    await loud.get<LogAnswer>('log', input);
    order.push(name);
  };
  await Promise.all([
    log('first', batch),
    log('second', batch),
    log('one', { actor: 'user:ada', verb: 'said' }),
  ]);
  expect(order).toEqual(['first', 'second', 'one']);
});
