/** Large payloads of one space do not slow down other spaces. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Principal } from '../../../../core/access/principal.ts';
import { RecentSpaces } from '../../../../infra/recent-spaces.ts';
import { shuttingDownError } from '../../../../server/graceful-shutdown.ts';
import { Pacer } from '../../../../server/limits/pacer.ts';
import { PayloadThrottle, type ThrottledPayload } from '../../../../server/limits/payload-throttle.ts';
import { createCallSignal } from '../../../../server/operations/call.ts';
import { principal } from '../../../support/memory/hub.ts';

const LARGE = 2_048;
const PACE_MS = 50;
const MIN_PACE_MS = 5;
const MAX_WAIT_MS = 5_000;
const MIB = 1_048_576;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const backend = (space: string, sub = 'backend'): Principal => ({
  ...principal(sub, ['service']),
  space,
});
const user = (space: string, sub: string): Principal => ({ ...principal(sub), space });

/** A throttle on an event loop that is always busy, while these spaces have work. */
function createThrottle(...spaces: string[]) {
  const recent = new RecentSpaces();
  for (const space of spaces) recent.record(space);
  const utilization = () => ({ idle: 0, active: 0, utilization: 1 });
  const throttle = new PayloadThrottle(recent, (options) => new Pacer(options, utilization));
  /** The subjects whose payloads were read, in order. */
  const read: string[] = [];
  const refused: unknown[] = [];
  const enter = (of: Principal, more: Partial<ThrottledPayload> = {}) =>
    throttle.enter(of, { bytes: LARGE, signal: createCallSignal().signal, ...more }).then(
      () => void read.push(`${of.space}/${of.sub}`),
      (error: unknown) => void refused.push(error),
    );
  return { recent, throttle, read, refused, enter };
}

const times = (count: number) => Array.from({ length: count });
const floodingBackend = backend('loud');

test('payloads of a space that is alone do not wait', async () => {
  const { read, enter } = createThrottle('loud', 'loud');
  await Promise.all(times(1_000).map(() => enter(floodingBackend)));
  expect(read).toHaveLength(1_000);
});

test('beside other spaces, payloads are read one at a time, and small ones immediately', async () => {
  const { read, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(10)) void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(3 * PACE_MS + 10);
  expect(read).toHaveLength(4);
  await enter(floodingBackend, { bytes: LARGE - 1 });
  expect(read).toHaveLength(5);
});

test('spaces take turns, and within a space its users and backends', async () => {
  const { read, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(20)) void enter(floodingBackend);
  void enter(user('loud', 'ada'));
  void enter(backend('quiet'));
  await vi.advanceTimersByTimeAsync(4 * PACE_MS);
  expect(read.slice(0, 5)).toEqual([
    'loud/backend',
    'loud/backend',
    'quiet/backend',
    'loud/ada',
    'loud/backend',
  ]);
});

test('many spaces with little traffic are not slowed down to the pace of one', async () => {
  const { read, enter } = createThrottle('loud', 'quiet');
  for (const n of times(50).keys()) void enter(backend(`space-${n}`));
  await vi.advanceTimersByTimeAsync(45 * (MIN_PACE_MS + 2) + PACE_MS);
  expect(read.length).toBeGreaterThan(40);
});

test('ten payloads of a user wait, and more are refused; the backend of the space continues', async () => {
  const { read, refused, enter } = createThrottle('loud', 'quiet');
  void enter(floodingBackend);
  for (const _ of times(11)) void enter(user('loud', 'mallory'));
  void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(2 * PACE_MS + 10);
  expect(refused).toMatchObject([{ code: 'rate_limited', retryAfterMs: expect.any(Number) }]);
  expect(read).toEqual(['loud/backend', 'loud/mallory', 'loud/backend']);
});

test('too many payloads of a space are refused with a time to wait', async () => {
  const { refused, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(1 + 250)) void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
  await enter(floodingBackend);
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  const [{ retryAfterMs }] = refused as [{ retryAfterMs: number }];
  expect(retryAfterMs).toBeGreaterThanOrEqual(1_000);
  expect(retryAfterMs).toBeLessThanOrEqual(2_000);
});

test('flooded spaces leave a few places for each other space', async () => {
  const { read, refused, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(1 + 250)) void enter(floodingBackend);
  for (const _ of times(250)) void enter(backend('other'));
  for (const n of times(5).keys()) void enter(user('third', `user-${n}`));
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
  await enter(user('third', 'ada'));
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  for (const _ of times(5)) void enter(backend('third'));
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toHaveLength(1);
  await enter(backend('third'));
  expect(refused).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(10 * PACE_MS);
  expect(read).toContain('third/backend');
});

test('the users of a space leave room for its backend', async () => {
  const { refused, enter } = createThrottle('loud', 'quiet');
  void enter(floodingBackend);
  for (const n of times(200).keys()) void enter(user('loud', `user-${n % 20}`));
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
  await enter(user('loud', 'user-20'));
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  for (const _ of times(50)) void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toHaveLength(1);
  await enter(floodingBackend);
  expect(refused).toHaveLength(2);
});

test('a backend with many waiting leaves its users their places', async () => {
  const { refused, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(1 + 200)) void enter(floodingBackend);
  for (const n of times(50).keys()) void enter(user('loud', `user-${n}`));
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
});

test('waiting payloads in memory are limited by bytes, and users leave room for their backend', async () => {
  const { read, refused, enter } = createThrottle('loud', 'quiet');
  void enter(floodingBackend);
  for (const n of times(5).keys())
    void enter(user('loud', `user-${n}`), { bytes: MIB / 4, isInMemory: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  for (const _ of times(5)) void enter(floodingBackend, { bytes: MIB / 4, isInMemory: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(15 * PACE_MS);
  expect(read).toHaveLength(9);
  void enter(user('loud', 'ada'), { bytes: MIB, isInMemory: true });
  await vi.advanceTimersByTimeAsync(2 * PACE_MS);
  expect(refused).toHaveLength(2);
});

test('no payload waits longer than five seconds', async () => {
  const { read, refused, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(200)) void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(MAX_WAIT_MS + 10);
  expect(read.length + refused.length).toBe(200);
  expect(read.length).toBeGreaterThan(90);
  expect(refused.length).toBeGreaterThan(90);
  expect(refused[0]).toMatchObject({ code: 'overloaded', retryAfterMs: expect.any(Number) });
});

test('a client that disconnects gives up its place and its turn', async () => {
  const { read, refused, enter } = createThrottle('loud', 'quiet');
  const left = createCallSignal();
  void enter(floodingBackend);
  for (const _ of times(250)) void enter(floodingBackend, { signal: left.signal });
  left.abort();
  void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(PACE_MS + 10);
  expect(read).toHaveLength(2);
  expect(refused).toEqual(times(250).map(() => left.signal.reason));
  await enter(floodingBackend, { signal: left.signal });
  expect(refused).toHaveLength(251);
});

test('nothing remains of payloads that waited, whatever their outcome', async () => {
  const { recent, read, refused, enter } = createThrottle('loud', 'quiet');
  for (let round = 0; round < 12; round += 1) {
    recent.record('quiet');
    const left = createCallSignal();
    for (const space of ['loud', 'other']) {
      for (const _ of times(125)) void enter(backend(space));
      for (const _ of times(10)) void enter(user(space, 'ada'), { signal: left.signal });
      for (const _ of times(8)) void enter(backend(space), { bytes: MIB / 8, isInMemory: true });
    }
    left.abort();
    await vi.advanceTimersByTimeAsync(MAX_WAIT_MS + 2 * PACE_MS);
    expect(read.length + refused.length).toBe((round + 1) * 2 * 143);
    expect(refused.filter((error) => (error as { code?: string }).code === 'rate_limited')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect(read.length).toBeGreaterThan((round + 1) * 150);
  }
  recent.record('quiet');
  const before = refused.length;
  for (const space of ['loud', 'other']) void enter(backend(space), { bytes: 2 * MIB, isInMemory: true });
  await vi.advanceTimersByTimeAsync(3 * PACE_MS);
  expect(refused).toHaveLength(before);
});

test('when the space is alone again, none of its payloads wait', async () => {
  const { recent, read, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(50)) void enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read.length).toBeLessThan(30);
  recent.record('loud');
  await enter(floodingBackend);
  expect(read).toHaveLength(51);
});

test('when the gateway closes, all waiting payloads are refused', async () => {
  const { throttle, read, refused, enter } = createThrottle('loud', 'quiet');
  for (const _ of times(3)) void enter(floodingBackend);
  void enter(backend('quiet'));
  throttle.close(shuttingDownError());
  await enter(floodingBackend);
  await vi.advanceTimersByTimeAsync(MAX_WAIT_MS);
  expect(read).toEqual(['loud/backend']);
  expect(refused).toMatchObject(times(4).map(() => ({ code: 'unavailable', retryAfterMs: 1_000 })));
});

test('onWait is called before a payload waits, and only then', async () => {
  const { enter } = createThrottle('loud', 'quiet');
  const onWait = vi.fn();
  await enter(floodingBackend, { bytes: LARGE - 1, onWait });
  expect(onWait).not.toHaveBeenCalled();
  await enter(floodingBackend, { onWait });
  expect(onWait).toHaveBeenCalledTimes(1);
});
