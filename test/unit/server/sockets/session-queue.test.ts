/** Sessions start in batches that cost the event loop little, so that calls and pushes wait shortly. */
import { performance as loop } from 'node:perf_hooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SessionQueue } from '../../../../server/sockets/session-queue.ts';

/** Time that the event loop was busy, and its utilization in between. */
let busyMs = 0;
let utilization = 0;
beforeEach(() => {
  [busyMs, utilization] = [0, 0];
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'performance'] });
  vi.spyOn(loop, 'eventLoopUtilization').mockImplementation((from) => ({
    idle: 0,
    active: busyMs - (from?.active ?? 0),
    utilization,
  }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A queue of 100 sessions, each of which costs the event loop this time. Returns the sizes of its batches, one per moment. */
function startAll({ costMs, isActive }: { costMs: number; isActive: boolean }) {
  const batches = new Map<number, number>();
  const queue = new SessionQueue(() => isActive);
  for (let count = 0; count < 100; count += 1) {
    queue.add(() => {
      busyMs += costMs;
      const at = performance.now();
      batches.set(at, (batches.get(at) ?? 0) + 1);
      return true;
    });
  }
  return () => [...batches.values()];
}

test.each([
  { costMs: 0.1, size: 10 },
  { costMs: 0.5, size: 4 },
  { costMs: 3, size: 1 },
])('a batch of sessions that cost $costMs ms each has $size', ({ costMs, size }) => {
  const batches = startAll({ costMs, isActive: true });
  vi.advanceTimersByTime(2_000);
  const [first, ...others] = batches();
  expect(first).toBe(1);
  expect(new Set(others.slice(0, -1))).toEqual(new Set([size]));
});

test('on a busy event loop one session starts every ten milliseconds, but not where only sessions keep it busy', () => {
  utilization = 0.9;
  const paced = startAll({ costMs: 3, isActive: true });
  vi.advanceTimersByTime(100);
  expect(paced()).toEqual(Array.from({ length: 11 }, () => 1));
  const alone = startAll({ costMs: 3, isActive: false });
  vi.advanceTimersByTime(100);
  expect(alone().reduce((sum, size) => sum + size, 0)).toBeGreaterThan(50);
});

test('a client that has disconnected takes no place in a batch', () => {
  const started: number[] = [];
  const queue = new SessionQueue(() => true);
  for (let n = 0; n < 50; n += 1) queue.add(() => n % 2 === 1 && started.push(n) > 0);
  vi.advanceTimersByTime(1_000);
  expect(started).toEqual(Array.from({ length: 25 }, (_, n) => 2 * n + 1));
});
