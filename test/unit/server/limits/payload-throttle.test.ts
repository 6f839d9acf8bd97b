/** Large payloads of one space do not slow down the others. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Principal } from '../../../../core/access.ts';
import { RecentSpaces } from '../../../../infra/recent-spaces.ts';
import { stopping } from '../../../../server/closing.ts';
import { leaving } from '../../../../server/leaving.ts';
import { PayloadThrottle, type Waiting } from '../../../../server/limits/payload-throttle.ts';
import { Pace } from '../../../../server/pace.ts';
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

/** A throttle on an event loop that is always busy, beside spaces that have work. */
function busy(...spaces: string[]) {
  const recent = new RecentSpaces();
  for (const space of spaces) recent.note(space);
  const utilization = () => ({ idle: 0, active: 0, utilization: 1 });
  const throttle = new PayloadThrottle(recent, (given) => new Pace(given, utilization));
  /** Whose payloads were read, in that order. */
  const read: string[] = [];
  const refused: unknown[] = [];
  const enter = (of: Principal, more: Partial<Waiting> = {}) =>
    throttle.enter(of, { bytes: LARGE, signal: leaving().signal, ...more }).then(
      () => void read.push(`${of.space}/${of.sub}`),
      (error: unknown) => void refused.push(error),
    );
  return { recent, throttle, read, refused, enter };
}

const times = (count: number) => Array.from({ length: count });
const loud = backend('loud');

test('a space that is alone reads as many as it likes', async () => {
  const { read, enter } = busy('loud', 'loud');
  await Promise.all(times(1_000).map(() => enter(loud)));
  expect(read).toHaveLength(1_000);
});

test('beside others it reads one after the other, and small ones immediately', async () => {
  const { read, enter } = busy('loud', 'quiet');
  for (const _ of times(10)) void enter(loud);
  await vi.advanceTimersByTimeAsync(3 * PACE_MS + 10);
  expect(read).toHaveLength(4);
  await enter(loud, { bytes: LARGE - 1 });
  expect(read).toHaveLength(5);
});

test('spaces take turns, and within a space its users and backends', async () => {
  const { read, enter } = busy('loud', 'quiet');
  for (const _ of times(20)) void enter(loud);
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

test('many spaces that send a little each are not slowed down to the pace of one', async () => {
  const { read, enter } = busy('loud', 'quiet');
  for (const n of times(50).keys()) void enter(backend(`space-${n}`));
  await vi.advanceTimersByTimeAsync(45 * (MIN_PACE_MS + 2) + PACE_MS);
  expect(read.length).toBeGreaterThan(40);
});

test('of one user ten wait, and more are refused; the backend of its space goes on', async () => {
  const { read, refused, enter } = busy('loud', 'quiet');
  void enter(loud);
  for (const _ of times(11)) void enter(user('loud', 'mallory'));
  void enter(loud);
  await vi.advanceTimersByTimeAsync(2 * PACE_MS + 10);
  expect(refused).toMatchObject([{ code: 'rate_limited', retryAfterMs: expect.any(Number) }]);
  expect(read).toEqual(['loud/backend', 'loud/mallory', 'loud/backend']);
});

test('too many of a space are refused with a time to wait', async () => {
  const { refused, enter } = busy('loud', 'quiet');
  for (const _ of times(1 + 250)) void enter(loud);
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
  await enter(loud);
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  const [{ retryAfterMs }] = refused as [{ retryAfterMs: number }];
  expect(retryAfterMs).toBeGreaterThanOrEqual(1_000);
  expect(retryAfterMs).toBeLessThanOrEqual(2_000);
});

test('flooded spaces take all places but a few of each of the others', async () => {
  const { read, refused, enter } = busy('loud', 'quiet');
  for (const _ of times(1 + 250)) void enter(loud);
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
  const { refused, enter } = busy('loud', 'quiet');
  void enter(loud);
  for (const n of times(200).keys()) void enter(user('loud', `user-${n % 20}`));
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
  await enter(user('loud', 'user-20'));
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  for (const _ of times(50)) void enter(loud);
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toHaveLength(1);
  await enter(loud);
  expect(refused).toHaveLength(2);
});

test('a backend with many waiting leaves its users their places', async () => {
  const { refused, enter } = busy('loud', 'quiet');
  for (const _ of times(1 + 200)) void enter(loud);
  for (const n of times(50).keys()) void enter(user('loud', `user-${n}`));
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toEqual([]);
});

test('what is in memory while it waits is bounded by bytes, and users leave room for their backend', async () => {
  const { read, refused, enter } = busy('loud', 'quiet');
  void enter(loud);
  for (const n of times(5).keys()) void enter(user('loud', `user-${n}`), { bytes: MIB / 4, isHeld: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toMatchObject([{ code: 'overloaded' }]);
  for (const _ of times(5)) void enter(loud, { bytes: MIB / 4, isHeld: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(refused).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(15 * PACE_MS);
  expect(read).toHaveLength(9);
  void enter(user('loud', 'ada'), { bytes: MIB, isHeld: true });
  await vi.advanceTimersByTimeAsync(2 * PACE_MS);
  expect(refused).toHaveLength(2);
});

test('none waits longer than five seconds', async () => {
  const { read, refused, enter } = busy('loud', 'quiet');
  for (const _ of times(200)) void enter(loud);
  await vi.advanceTimersByTimeAsync(MAX_WAIT_MS + 10);
  expect(read.length + refused.length).toBe(200);
  expect(read.length).toBeGreaterThan(90);
  expect(refused.length).toBeGreaterThan(90);
  expect(refused[0]).toMatchObject({ code: 'overloaded', retryAfterMs: expect.any(Number) });
});

test('a client that leaves gives its place to others, and takes no turn', async () => {
  const { read, refused, enter } = busy('loud', 'quiet');
  const left = leaving();
  void enter(loud);
  for (const _ of times(250)) void enter(loud, { signal: left.signal });
  left.leave();
  void enter(loud);
  await vi.advanceTimersByTimeAsync(PACE_MS + 10);
  expect(read).toHaveLength(2);
  expect(refused).toEqual(times(250).map(() => left.signal.reason));
  await enter(loud, { signal: left.signal });
  expect(refused).toHaveLength(251);
});

test('whatever became of those that waited, nothing of them is left', async () => {
  const { recent, read, refused, enter } = busy('loud', 'quiet');
  for (let round = 0; round < 12; round += 1) {
    recent.note('quiet');
    const left = leaving();
    for (const space of ['loud', 'other']) {
      for (const _ of times(125)) void enter(backend(space));
      for (const _ of times(10)) void enter(user(space, 'ada'), { signal: left.signal });
      for (const _ of times(8)) void enter(backend(space), { bytes: MIB / 8, isHeld: true });
    }
    left.leave();
    await vi.advanceTimersByTimeAsync(MAX_WAIT_MS + 2 * PACE_MS);
    expect(read.length + refused.length).toBe((round + 1) * 2 * 143);
    expect(refused.filter((error) => (error as { code?: string }).code === 'rate_limited')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect(read.length).toBeGreaterThan((round + 1) * 150);
  }
  recent.note('quiet');
  const before = refused.length;
  for (const space of ['loud', 'other']) void enter(backend(space), { bytes: 2 * MIB, isHeld: true });
  await vi.advanceTimersByTimeAsync(3 * PACE_MS);
  expect(refused).toHaveLength(before);
});

test('when the space is alone again nothing of it waits any longer', async () => {
  const { recent, read, enter } = busy('loud', 'quiet');
  for (const _ of times(50)) void enter(loud);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(read.length).toBeLessThan(30);
  recent.note('loud');
  await enter(loud);
  expect(read).toHaveLength(51);
});

test('when the gateway closes everything that waits is refused', async () => {
  const { throttle, read, refused, enter } = busy('loud', 'quiet');
  for (const _ of times(3)) void enter(loud);
  void enter(backend('quiet'));
  throttle.close(stopping());
  await enter(loud);
  await vi.advanceTimersByTimeAsync(MAX_WAIT_MS);
  expect(read).toEqual(['loud/backend']);
  expect(refused).toMatchObject(times(4).map(() => ({ code: 'unavailable', retryAfterMs: 1_000 })));
});

test('whoever has to wait is told before, and nobody else', async () => {
  const { enter } = busy('loud', 'quiet');
  const onWait = vi.fn();
  await enter(loud, { bytes: LARGE - 1, onWait });
  expect(onWait).not.toHaveBeenCalled();
  await enter(loud, { onWait });
  expect(onWait).toHaveBeenCalledTimes(1);
});
