/** A key of a subject in a space logs once, also after many concurrent requests. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, LogAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2 });
  api = await hub.service();
});
afterAll(() => hub.close());

const action = { actor: 'user:ada', verb: 'did', targets: 'issue:1' };
const header = (key: string) => ({ 'idempotency-key': key });

const log = async (body: unknown, headers: Record<string, string> = {}): Promise<string[]> => {
  const response = await api.post<LogAnswer>('/v1/actions?wait=1', body, headers);
  expect(response.status).toBe(200);
  expect(response.body.results?.map((result) => result.id)).toEqual(response.body.ids);
  return response.body.ids;
};

/** The number of new actions after `work`, when all of them are stored. */
async function newActions(work: () => Promise<unknown>): Promise<number> {
  const stored = async () =>
    (
      await until(async () => {
        const held = await storedCountsOf(hub);
        return held.pending === 0 && held;
      })
    ).actions;
  const before = await stored();
  await work();
  return (await stored()) - before;
}

describe('a key', () => {
  test.each<[string, (key: string) => Promise<string[]>]>([
    ['in the action', (key) => log({ ...action, key })],
    ['in the header', (key) => log(action, header(key))],
    ['in the header, of a batch', (key) => log({ actions: [action, action] }, header(key))],
    ['in both places', (key) => log({ ...action, key }, header(key))],
  ])('%s logs once and repeats the response', async (what, send) => {
    let first: string[] = [];
    const count = await newActions(async () => {
      first = await send(`twice ${what}`);
      expect(await send(`twice ${what}`)).toEqual(first);
    });
    expect(count).toBe(first.length);
  });

  test('sent 20 times at once over two gateways and sockets logs once', async () => {
    const [first = '', second = ''] = hub.urls;
    const sockets = await Promise.all(
      [first, second].map((url) => hub.socket('backend', { scope: 'service' }, url)),
    );
    const keyed = { ...action, key: 'at once' };
    const count = await newActions(async () => {
      const responses = await Promise.all([
        ...Array.from({ length: 10 }, async () => (await api.post<LogAnswer>('/v1/actions', keyed)).body.ids),
        ...Array.from(
          { length: 10 },
          async (_, n) => (await sockets[n % 2]?.get<LogAnswer>('log', keyed))?.ids,
        ),
      ]);
      expect(new Set(responses.map(String)).size).toBe(1);
    });
    expect(count).toBe(1);
  });

  test('of a batch sent 20 times at once logs the batch once', async () => {
    const count = await newActions(async () => {
      const sends = Array.from({ length: 20 }, () =>
        log({ actions: [action, action, action] }, header('batch at once')),
      );
      expect(new Set((await Promise.all(sends)).map(String)).size).toBe(1);
    });
    expect(count).toBe(3);
  });

  test('means the same action in any order of keys and in either form of refs', async () => {
    const key = 'order';
    const first = await log({
      key,
      actor: 'user:ada',
      verb: 'did',
      targets: ['a:1'],
      data: { a: 1, b: { c: 2, d: 3 } },
    });
    const again = await log({
      b: { d: 3, c: 2 },
      a: 1,
      targets: { id: '1', type: 'a' },
      verb: 'did',
      actor: { id: 'ada', type: 'user' },
      key,
    });
    expect(again).toEqual(first);
  });
});

describe('the same key with other content', () => {
  const conflict = (path: string) => ({
    status: 409,
    body: { code: 'key_conflict', retryable: false, fields: [{ path }] },
  });

  test('is refused with the path of the key, and nothing is logged', async () => {
    await log({ ...action, key: 'other' });
    const count = await newActions(async () => {
      for (const change of [
        { verb: 'undid' },
        { targets: [] },
        { color: 'red' },
        { level: 40 },
        { actor: 'user:bob' },
      ]) {
        const changed = await api.post<Problem>('/v1/actions', { ...action, ...change, key: 'other' });
        expect(changed).toMatchObject(conflict('key'));
      }
    });
    expect(count).toBe(0);
  });

  test('is refused in a header, for one action and for a batch', async () => {
    await log(action, header('other in header'));
    expect(
      await api.post<Problem>('/v1/actions', { ...action, a: 1 }, header('other in header')),
    ).toMatchObject(conflict('key'));
    await log({ actions: [action, action] }, header('other batch'));
    for (const actions of [[action], [action, { ...action, a: 1 }]]) {
      const response = await api.post<Problem>('/v1/actions', { actions }, header('other batch'));
      expect(response).toMatchObject(conflict('key'));
    }
  });

  test('is refused for a whole batch, naming the action', async () => {
    await log({ ...action, key: 'other in batch' });
    const actions = [action, { ...action, key: 'fresh' }, { ...action, a: 1, key: 'other in batch' }];
    const count = await newActions(async () => {
      expect(await api.post('/v1/actions', { actions })).toMatchObject(conflict('actions[2].key'));
      const socket = await hub.socket('backend', { scope: 'service' });
      expect(await socket.request('log', actions)).toMatchObject({
        ok: false,
        error: { code: 'key_conflict', fields: [{ path: 'actions[2].key' }] },
      });
    });
    expect(count).toBe(0);
    // The refused request did not use the other keys.
    expect(await newActions(() => log({ ...action, other: true, key: 'fresh' }))).toBe(1);
  });

  test('is refused within one batch', async () => {
    const actions = [
      { ...action, key: 'within' },
      { ...action, a: 1, key: 'within' },
    ];
    expect(await api.post('/v1/actions', { actions })).toMatchObject(conflict('actions[1].key'));
    expect(await newActions(() => log({ ...action, b: 1, key: 'within' }))).toBe(1);
  });

  test('is refused if header and action have different keys', async () => {
    const response = await api.post<Problem>('/v1/actions', { ...action, key: 'one' }, header('two'));
    expect(response).toMatchObject({ status: 400, body: { fields: [{ path: 'key' }] } });
  });
});

test('a refused request does not use its key', async () => {
  const user = await hub.api('ada');
  const refused: Array<[Record<string, unknown>, number]> = [
    [{ verb: '' }, 400],
    [{ level: 'NOPE' }, 400],
    [{ actor: 'user:bob' }, 403],
    [{ notify: ['bob'] }, 403],
  ];
  for (const [change, status] of refused) {
    expect(await user.post('/v1/actions', { ...action, ...change, key: 'refused' })).toMatchObject({
      status,
    });
    expect(
      await user.post('/v1/actions', { actions: [action, { ...action, ...change }] }, header('refused')),
    ).toMatchObject({ status });
  }
  const count = await newActions(async () => {
    expect(await user.post('/v1/actions', { ...action, key: 'refused' })).toMatchObject({ status: 202 });
    expect(await user.post('/v1/actions', { actions: [action] }, header('refused'))).toMatchObject({
      status: 202,
    });
  });
  expect(count).toBe(2);
});

describe('keys are separate', () => {
  test('for different subjects, also with ambiguous names', async () => {
    const send = async (user: string, key: string, color: string) => {
      const input = { actor: `user:${user}`, verb: 'did', color, key };
      return (await hub.api(user)).post<LogAnswer>('/v1/actions', input);
    };
    const responses = [
      await send('a', 'b:c', '1'),
      await send('a:b', 'c', '2'),
      await send('a b', 'c', '3'),
      await send('a', 'b c', '4'),
    ];
    expect(responses.map((response) => response.status)).toEqual([202, 202, 202, 202]);
    expect(new Set(responses.map((response) => response.body.ids[0])).size).toBe(4);
  });

  test('for different spaces', async () => {
    const send = async (space: string, color: string) =>
      (await hub.service({ space })).post<LogAnswer>('/v1/actions', { ...action, color, key: 'spaces' });
    expect([await send('red', 'r'), await send('blue', 'b'), await send('default', 'd')]).toMatchObject([
      { status: 202 },
      { status: 202 },
      { status: 202 },
    ]);
  });

  test('for a batch and for its actions', async () => {
    const count = await newActions(async () => {
      await log({ actions: [{ ...action, a: 1, key: 'same' }, action] }, header('same'));
      await log({ ...action, a: 1, key: 'same' });
      await log({ actions: [{ ...action, a: 1, key: 'same' }, action] }, header('same'));
    });
    expect(count).toBe(2);
  });
});

test('of a batch with some repeated keys only the new ones are logged, and all ids are returned in order', async () => {
  const own = { ...action, groupingDelay: -1 };
  const keyed = (n: number) => ({ ...own, n, key: `some ${n}` });
  const [one = '', three = ''] = await log({ actions: [keyed(1), keyed(3)] });
  let ids: string[] = [];
  const count = await newActions(async () => {
    ids = await log({ actions: [keyed(3), keyed(2), keyed(1), keyed(2), { ...own, n: 4 }] });
  });
  expect(count).toBe(2);
  expect([ids[0], ids[2]]).toEqual([three, one]);
  expect(ids[1]).toBe(ids[3]);
  expect(new Set(ids).size).toBe(4);
  const numbers = await Promise.all(
    ids.map(async (id) => (await api.get<Action>(`/v1/actions/${id}`)).body.data.n),
  );
  expect(numbers).toEqual([3, 2, 1, 2, 4]);
});
