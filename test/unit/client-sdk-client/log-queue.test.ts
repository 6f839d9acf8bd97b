import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectWith } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { until } from '../../support/until.ts';
import { FakeEnvironment } from './fake-environment.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let around: FakeEnvironment;
let hub: Hub;

const closed = (name: string) => ({ actor: 'user:ada', verb: 'closed', targets: `issue:${name}` });
const logged = () => [...gateway.logged.values()].map(({ targets }) => targets);
const waitForState = (state: string) => until(() => hub.connection.getSnapshot() === state);
const retryableError: ErrorBody = { code: 'unavailable', message: 'no queue', retryable: true };
const internalError: ErrorBody = { code: 'internal', message: 'oh', retryable: true };

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  around = new FakeEnvironment();
  hub = connectWith(around, gateway.url, { token: 'token' });
  await waitForState('online');
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

it('a log call rejects an oversized input at once, so that nothing waits behind it', async () => {
  const text = 'a'.repeat(3_000);
  const batch = Array.from({ length: 500 }, (_, n) => ({ ...closed(String(n)), text }));
  const large = expect(hub.log(batch)).rejects.toMatchObject({ code: 'payload_too_large', retryable: false });
  await hub.log(closed('small'));
  await large;
  expect(logged()).toEqual(['issue:small']);
});

describe('a hub without a connection', () => {
  beforeEach(async () => {
    gateway.breakConnections();
    await waitForState('offline');
  });

  it('queues logged actions, and sends them in order, one call at a time', async () => {
    const promises = ['1', '2', '3'].map((name) => hub.log(closed(name)));
    around.wake(0);
    const responses = await Promise.all(promises);
    expect(logged()).toEqual(['issue:1', 'issue:2', 'issue:3']);
    expect(responses.map(({ ids }) => ids)).toEqual([...gateway.logged.keys()].map((key) => [key]));
    expect(gateway.calls.map(({ event }) => event)).toEqual(['log', 'log', 'log']);
  });

  it('copies the input when it is logged', async () => {
    const input = { ...closed('1'), data: { step: 1 } };
    const promise = hub.log(input);
    input.data.step = 2;
    around.wake(0);
    await promise;
    expect([...gateway.logged.values()]).toMatchObject([{ data: { step: 1 } }]);
  });

  it('queues up to a thousand actions, and rejects more at once', async () => {
    const batch = Array.from({ length: 500 }, (_, n) => closed(String(n)));
    const queued = [hub.log(batch), hub.log(batch)];
    await expect(hub.log(closed('more'))).rejects.toMatchObject({ code: 'queue_full', retryable: true });
    around.wake(0);
    await Promise.all(queued);
    expect(gateway.logged.size).toBe(1_000);
    await hub.log(closed('more'));
    expect(gateway.logged.size).toBe(1_001);
  });

  it('rejects queued and later actions when it is closed', async () => {
    const settled = Promise.allSettled([hub.log(closed('1')), hub.log(closed('2'))]);
    hub.close();
    for (const each of await settled) expect(each).toMatchObject({ reason: { code: 'closed' } });
    await expect(hub.log(closed('3'))).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('keys', () => {
  it('are set for every action without one, also in a batch', async () => {
    await hub.log([closed('1'), { ...closed('2'), key: 'mine' }, closed('3')]);
    const keys = [...gateway.logged.keys()];
    expect(keys[1]).toBe('mine');
    expect(new Set(keys).size).toBe(3);
    for (const key of [keys[0], keys[2]]) expect(key).toMatch(/^\d+-\d+-\d+-\d+$/);
  });

  it('stay the same if the connection broke before the response, so that the action is logged once', async () => {
    gateway.beforeAnswer = () => {
      gateway.beforeAnswer = undefined;
      gateway.breakConnections();
      return new Promise(() => {});
    };
    const promises = [hub.log(closed('1')), hub.log(closed('2'))];
    await waitForState('offline');
    around.wake(0);
    await Promise.all(promises);
    expect(gateway.calls.filter(({ event }) => event === 'log')).toHaveLength(3);
    expect(logged()).toEqual(['issue:1', 'issue:2']);
  });
});

describe('a refused log call', () => {
  it('rejects if the refusal is permanent, and the next call continues', async () => {
    const fields = [{ path: 'verb', message: 'is required' }];
    gateway.errors.set('log', { code: 'invalid_input', message: 'no', retryable: false, fields });
    const promises = [hub.log(closed('1')), hub.log(closed('2'))];
    await expect(promises[0]).rejects.toMatchObject({ code: 'invalid_input', fields });
    await promises[1];
    expect(logged()).toEqual(['issue:2']);
  });

  it('is retried with a growing delay if the refusal is temporary, and later actions wait', async () => {
    gateway.errors.set('log', retryableError);
    const promises = [hub.log(closed('1')), hub.log(closed('2'))];
    await until(() => around.waits.length === 1);
    expect(around.waits).toEqual([500]);
    gateway.errors.set('log', retryableError);
    around.advance(500);
    await until(() => around.waits.length === 1);
    expect(around.waits).toEqual([1_000]);
    around.advance(1_000);
    await Promise.all(promises);
    expect(logged()).toEqual(['issue:1', 'issue:2']);
  });

  it('rejects after six internal errors, because the call may cause them', async () => {
    const promise = hub.log(closed('1'));
    const refused = expect(promise).rejects.toMatchObject({ code: 'internal', retryable: true });
    gateway.beforeAnswer = () => {
      gateway.errors.set('log', internalError);
    };
    gateway.errors.set('log', internalError);
    for (let retries = 0; retries < 5; retries += 1) {
      await until(() => around.waits.length === 1);
      around.advance(around.waits[0] ?? 0);
    }
    await refused;
    expect(gateway.calls).toHaveLength(6);
  });
});

describe('a log call to a busy hub', () => {
  const refusals: ErrorBody[] = [
    retryableError,
    { code: 'overloaded', message: 'too many actions are pending', retryable: true, retryAfterMs: 4_000 },
    { code: 'rate_limited', message: 'too fast', retryable: true, retryAfterMs: 4_000 },
  ];

  it.each(refusals)('waits without limit, and reports the problem: $code', async (refusal) => {
    const promises = [hub.log(closed('1')), hub.log(closed('2'))];
    for (let refused = 0; refused < 20; refused += 1) {
      gateway.errors.set('log', refusal);
      await until(() => !gateway.errors.has('log') && around.waits.length === 1);
      const [wait = 0] = around.waits;
      expect(wait).toBeGreaterThanOrEqual(refusal.retryAfterMs ?? 500);
      expect(wait).toBeLessThanOrEqual(15_000);
      await until(() => hub.connection.problem !== null);
      expect(hub.connection.problem).toMatchObject({
        error: { code: refusal.code, retryAfterMs: refusal.retryAfterMs },
        retryAt: around.now() + wait,
      });
      expect(hub.connection.getSnapshot()).toBe('online');
      if (refused === 19) break;
      gateway.errors.set('log', refusal);
      around.advance(wait);
    }
    around.advance(around.waits[0] ?? 0);
    await Promise.all(promises);
    expect(logged()).toEqual(['issue:1', 'issue:2']);
    expect(hub.connection.problem).toBeNull();
  });

  it('rejects at once if it does not fit into the queue', async () => {
    gateway.errors.set('log', retryableError);
    const batch = Array.from({ length: 500 }, (_, n) => closed(String(n)));
    const queued = [hub.log(batch), hub.log(batch)];
    await expect(hub.log(closed('more'))).rejects.toMatchObject({ code: 'queue_full' });
    await until(() => around.waits.length === 1);
    around.advance(around.waits[0] ?? 0);
    await Promise.all(queued);
    expect(gateway.logged.size).toBe(1_000);
  });

  it('continues at once after the permanent refusal of another one', async () => {
    gateway.errors.set('log', { code: 'forbidden', message: 'no', retryable: false });
    const promises = [hub.log(closed('1')), hub.log(closed('2'))];
    await expect(promises[0]).rejects.toMatchObject({ code: 'forbidden' });
    await promises[1];
    expect(around.waits).toEqual([]);
  });
});

it('a log call returns the results that the caller waits for', async () => {
  await hub.log(closed('1'), { wait: true });
  expect(gateway.options).toEqual([{ wait: true }]);
});

it('a log call rejects an input that is not JSON', async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  await expect(hub.log({ ...closed('1'), circle })).rejects.toMatchObject({ code: 'invalid_input' });
  expect(gateway.calls).toEqual([]);
});
