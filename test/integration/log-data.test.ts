/** An action's data: any JSON is returned exactly; other values and large data are refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Action, LogAnswer } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import { storedCountsOf } from '../support/stored-counts.ts';

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start();
  api = await hub.service();
});
afterAll(() => hub.close());

const json = { 'content-type': 'application/json' };
const beginning = '{"actor":"user:ada","verb":"did"';

/** Sends `beginning` and these members as raw text, without a client's JSON, and returns the data of the action. */
async function stored(members: string): Promise<Record<string, unknown>> {
  const body = `${beginning},${members}}`;
  const logged = await api.send<LogAnswer>('POST', '/v1/actions?wait=1', body, json);
  expect(logged.status).toBe(200);
  const read = await api.get<Action>(`/v1/actions/${logged.body.ids[0]}`);
  expect(read.body.data).toEqual(logged.body.results?.[0]?.action.data);
  return read.body.data;
}

describe('data', () => {
  test.each([
    ['nested values', '{"a":[1,-2.5e-7,true,false,null,"",[],{}],"b":{"c":{"d":"e"}}}'],
    [
      'names of object members',
      '{"__proto__":{"polluted":1},"constructor":"c","toString":0,"hasOwnProperty":[]}',
    ],
    ['names that databases use', '{"$set":{"a":1},"$where":"x","a.b":1,".":2,"":3,"_id":4,"$":5}'],
    ['control characters and all of Unicode', '{"a":"\\u0000\\u001f\\u007f\\n","漢🎉":"e\\u0301\\u2028"}'],
    ['names of fields where they are below data', '{"actor":1,"verb":2,"data":3,"key":4,"id":5,"type":6}'],
  ])('is returned exactly: %s', async (_what, text) => {
    expect(JSON.stringify(await stored(`"data":${text}`))).toBe(JSON.stringify(JSON.parse(text)));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('includes undeclared keys, with any names', async () => {
    const data = await stored('"reason":"done","__proto__":[1],"constructor":{"a":1},"$inc":2,"x.y":3');
    expect(JSON.stringify(data)).toBe(
      '{"reason":"done","__proto__":[1],"constructor":{"a":1},"$inc":2,"x.y":3}',
    );
  });

  test('has priority over undeclared keys', async () => {
    expect(await stored('"a":1,"b":2,"data":{"b":3,"c":4}')).toEqual({ a: 1, b: 3, c: 4 });
  });

  test('is empty if there is none', async () => {
    expect(await stored('"targets":[]')).toEqual({});
  });

  test('may be 32 levels deep', async () => {
    const deep = `${'{"a":'.repeat(32)}1${'}'.repeat(32)}`;
    expect(JSON.stringify(await stored(`"data":${deep}`))).toBe(deep);
  });

  test('may be 64 KiB large', async () => {
    const data = { text: 'x'.repeat(65_536 - 11) };
    expect(await stored(`"data":${JSON.stringify(data)}`)).toEqual(data);
  });
});

describe('data is refused', () => {
  const storedCount = async () => (await storedCountsOf(hub)).actions;

  test.each<[string, string, string]>([
    ['over 64 KiB', `"data":{"text":"${'x'.repeat(65_536)}"}`, 'data'],
    ['over 64 KiB of bytes, not characters', `"data":{"text":"${'漢'.repeat(30_000)}"}`, 'data'],
    [
      'over 64 KiB together with undeclared keys',
      `"a":"${'x'.repeat(40_000)}","data":{"b":"${'x'.repeat(40_000)}"}`,
      'data',
    ],
    ['deeper than 32 levels', `"data":${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, `data${'.a'.repeat(32)}`],
    ['very deep', `"a":${'['.repeat(90_000)}${']'.repeat(90_000)}`, `a${'[0]'.repeat(31)}`],
    ['with a number beyond all numbers', '"data":{"a":[0,1e999]}', 'data.a[1]'],
    ['with half a surrogate pair', '"note":"\\ud800"', 'note'],
    ['with half a surrogate pair in a key', '"data":{"a":{"\\udc00":1}}', 'data.a.\udc00'],
  ])('%s', async (_what, members, path) => {
    const count = await storedCount();
    const response = await api.send<Problem>('POST', '/v1/actions', `${beginning},${members}}`, json);
    expect(response).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    expect(response.body.fields?.map((field) => field.path)).toEqual([path]);
    expect(await storedCountsOf(hub)).toMatchObject({ pending: 0, actions: count });
  });

  test('if it is binary, over the socket, with the path to it', async () => {
    const socket = await hub.socket('backend', { scope: 'service' });
    const count = await storedCount();
    const binary = Buffer.from([1, 2, 3]);
    const send = (extra: Record<string, unknown>) =>
      socket.request<LogAnswer>('log', { actor: 'user:ada', verb: 'did', ...extra });
    expect(await send({ data: { a: [binary] } })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', fields: [{ path: 'data.a[0]' }] },
    });
    expect(await send({ photo: binary })).toMatchObject({
      ok: false,
      error: { fields: [{ path: 'photo' }] },
    });
    expect(await send({ data: binary })).toMatchObject({ ok: false, error: { fields: [{ path: 'data' }] } });
    expect(await socket.request('log', binary)).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    });
    expect(await storedCountsOf(hub)).toMatchObject({ pending: 0, actions: count });
    expect(await send({ a: 1 })).toMatchObject({ ok: true });
  });
});

test('a client that has undefined and NaN in its data sends nothing and null, as JSON does', async () => {
  const socket = await hub.socket('backend', { scope: 'service' });
  const data = { nothing: undefined, number: Number.NaN };
  const response = await socket.get<LogAnswer>(
    'log',
    { actor: 'user:ada', verb: 'did', data },
    { wait: true },
  );
  expect(response.results?.[0]?.action.data).toEqual({ number: null });
});
