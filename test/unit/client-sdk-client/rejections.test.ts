/** Without a connection, callers and pages get the reason at once, and whether a retry may help. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, connectWith } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeEnvironment } from './fake-environment.ts';
import { FakeGateway } from './fake-gateway.ts';

const project = { to: 'project:p1' };
const action = { actor: 'user:ada', verb: 'closed' };
let gateway: FakeGateway;
let around: FakeEnvironment;
let hub: Hub | undefined;
const warn = vi.spyOn(console, 'warn');

beforeEach(async () => {
  warn.mockReset().mockReturnValue();
  gateway = await new FakeGateway().listen();
  around = new FakeEnvironment();
  hub = undefined;
});
afterEach(async () => {
  hub?.close();
  await gateway.close();
});

function open(token: string | (() => Promise<string>)): Hub {
  hub = connectWith(around, gateway.url, { token });
  return hub;
}
const waitForState = (of: Hub, state: string) => until(() => of.connection.getSnapshot() === state);
const calls = (of: Hub) => [
  of.log(action),
  of.track(project),
  of.event({ name: 'x' }),
  of.feed.markRead(['a']),
];
const reasons = async (promises: Array<Promise<unknown>>): Promise<unknown[]> =>
  (await Promise.allSettled(promises)).map((each) =>
    each.status === 'rejected' ? each.reason : 'fulfilled',
  );

describe('a token that the hub refuses', () => {
  it("makes all calls reject with the hub's message if it is a string", async () => {
    gateway.refusedTokens.add('wrong');
    const of = open('wrong');
    for (const promises of [calls(of), calls(of)]) {
      for (const reason of await reasons(promises)) {
        expect(reason).toBeInstanceOf(HubError);
        expect(reason).toMatchObject({ code: 'unauthenticated', message: 'expired' });
      }
    }
    expect(of.connection.getSnapshot()).toBe('expired');
    expect(of.connection.problem).toMatchObject({ error: { code: 'unauthenticated' }, retryAt: null });
    expect(around.waits).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('unauthenticated');
  });

  it('makes calls reject if a function returned it, and is replaced after growing delays', async () => {
    gateway.refusedTokens.add('wrong');
    let token = 'wrong';
    const of = open(async () => token);
    expect(await reasons(calls(of))).toMatchObject(Array(4).fill({ code: 'unauthenticated' }));
    for (const wait of [500, 1_000, 2_000]) {
      expect(around.waits).toEqual([wait]);
      expect(of.connection.problem).toMatchObject({
        error: { code: 'unauthenticated' },
        retryAt: around.now() + wait,
      });
      const before = gateway.handshakes.length;
      around.advance(wait);
      await until(() => gateway.handshakes.length > before && around.waits.length > 0);
    }
    expect(await reasons(calls(of))).toMatchObject(Array(4).fill({ code: 'unauthenticated' }));
    expect(warn).toHaveBeenCalledTimes(1);
    token = 'right';
    of.connection.retry();
    await waitForState(of, 'online');
    expect(of.connection.problem).toBeNull();
    expect(await of.track(project)).toEqual({ trackers: [] });
    // Rejected calls were not carried out later.
    expect(gateway.calls.map(({ event }) => event)).toEqual(['track']);
  });
});

describe('a token function that fails', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('the backend is unavailable'))],
    [
      'throws',
      () => {
        throw new Error('the backend is unavailable');
      },
    ],
  ])('is reported and retried with growing delays, while calls wait: it %s', async (_, first) => {
    let token: () => Promise<string> = first;
    const of = open(() => token());
    const waiting = of.track(project);
    for (const wait of [500, 1_000]) {
      await until(() => around.waits.length === 1);
      expect(around.waits).toEqual([wait]);
      const { problem } = of.connection;
      expect(problem).toMatchObject({
        error: { code: 'token_failed', retryable: true },
        retryAt: around.now() + wait,
      });
      expect(problem?.error.cause).toMatchObject({ message: 'the backend is unavailable' });
      expect(problem?.error.message).toContain('the backend is unavailable');
      around.advance(wait);
    }
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[1]).toMatchObject({ message: 'the backend is unavailable' });
    token = async () => 'right';
    expect(await waiting).toEqual({ trackers: [] });
    expect(of.connection.problem).toBeNull();
  });

  it('is reported if it returns nothing', async () => {
    const of = open(async () => '');
    await until(() => of.connection.problem !== null);
    expect(of.connection.problem?.error).toMatchObject({ code: 'token_failed' });
    expect(gateway.handshakes).toEqual([]);
  });

  it('is named by the errors of calls that waited in vain', async () => {
    const cause = new Error('the backend is unavailable');
    hub = connect(gateway.url, { token: () => Promise.reject(cause) });
    await until(() => hub?.connection.problem !== null);
    const { error } = hub.connection.problem ?? {};
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const waited = reasons([hub.track(project), hub.feed.markRead(['a'])]);
      vi.advanceTimersByTime(40_000);
      for (const reason of await waited) {
        expect(reason).toMatchObject({
          code: 'timeout',
          message: expect.stringContaining('the backend is unavailable'),
        });
        expect((reason as HubError).cause).toMatchObject({ code: 'token_failed', message: error?.message });
      }
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('an unreachable hub', () => {
  it('is a problem with a start time, until it is back', async () => {
    await gateway.stop();
    const of = open('token');
    await until(() => of.connection.problem !== null);
    expect(of.connection.problem).toMatchObject({
      error: { code: 'disconnected' },
      retryAt: around.now() + 500,
    });
    expect(warn).not.toHaveBeenCalled();
    await gateway.listen();
    around.advance(500);
    await waitForState(of, 'online');
    expect(of.connection.problem).toBeNull();
  });

  it.each(['rate_limited', 'limit_reached', 'overloaded'] as const)(
    'that refuses handshakes gets the next one when it says: %s',
    async (code) => {
      const refusal: ErrorBody = { code, message: 'not now', retryable: true, retryAfterMs: 7_000 };
      gateway.handshakeError = refusal;
      const of = open('token');
      await until(() => of.connection.problem !== null);
      expect(of.connection.getSnapshot()).toBe('offline');
      expect(of.connection.problem?.error).toMatchObject({ code, retryAfterMs: 7_000 });
      // Not too early, and not all clients at once.
      expect(around.waits[0]).toBeGreaterThan(7_000);
      gateway.handshakeError = undefined;
      const waiting = of.track(project);
      around.advance(around.waits[0] ?? 0);
      expect(await waiting).toEqual({ trackers: [] });
    },
  );
});

describe('calls while the hub is busy', () => {
  const rateLimited: ErrorBody = {
    code: 'rate_limited',
    message: 'too fast',
    retryable: true,
    retryAfterMs: 3_000,
  };

  it('wait as long as the hub says if they track', async () => {
    const of = open('token');
    await waitForState(of, 'online');
    gateway.errors.set('track', rateLimited);
    const tracked = of.track(project);
    await until(() => around.waits.length === 1);
    expect(around.waits[0]).toBeGreaterThan(3_000);
    around.advance(around.waits[0] ?? 0);
    expect(await tracked).toEqual({ trackers: [] });
  });

  it('wait as long as the hub says if they mark, and their marks stay visible', async () => {
    for (const id of ['a', 'b']) gateway.feed.put(item(id));
    const of = open('token');
    of.feed.subscribe(() => {});
    await until(() => of.feed.getSnapshot().status === 'ready');
    gateway.errors.set('feed:read', rateLimited);
    const marked = of.feed.markRead(['a']);
    await until(() => around.waits.length === 1);
    expect(of.feed.getSnapshot().counts.unread).toBe(1);
    expect(of.feed.getSnapshot().error).toBeNull();
    around.advance(around.waits[0] ?? 0);
    await expect(marked).resolves.toMatchObject({ changed: 1 });
  });

  it("reject with the hub's error if that takes longer than 40 s, or at once if the hub is closed", async () => {
    const of = open('token');
    await waitForState(of, 'online');
    gateway.errors.set('track', { ...rateLimited, retryAfterMs: 60_000 });
    await expect(of.track(project)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 });
    gateway.errors.set('track', rateLimited);
    const tracked = reasons([of.track(project)]);
    await until(() => around.waits.length === 1);
    of.close();
    expect(await tracked).toMatchObject([{ code: 'closed' }]);
  });

  it('are not repeated after a permanent refusal', async () => {
    const of = open('token');
    await waitForState(of, 'online');
    gateway.errors.set('track', { code: 'limit_reached', message: 'enough', retryable: false });
    await expect(of.track(project)).rejects.toMatchObject({ code: 'limit_reached', retryable: false });
    expect(gateway.calls).toHaveLength(1);
  });
});

describe('connect', () => {
  it.each(['', '/', 'hub.example.com', 'ftp://hub.example.com', 'http://'])('refuses the url %j', (url) => {
    expect(() => connect(url, { token: 'token' })).toThrow(/^url must be an address/);
  });

  it('refuses options without a token', () => {
    expect(() => connect(gateway.url, { token: '' })).toThrow(/^token must be/);
    // A call without types.
    for (const args of [[gateway.url], [gateway.url, {}], [gateway.url, { token: null }]]) {
      expect(() => Reflect.apply(connect, undefined, args)).toThrow(/^token must be/);
    }
  });
});
