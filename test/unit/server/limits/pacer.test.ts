/** The pacer starts queued calls slowly enough to leave time for everything else on the event loop. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pacer } from '../../../../server/limits/pacer.ts';

const MAX_WAIT_MS = 10;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pacer with 100 calls that arrive at once, on an event loop with the given utilization. */
function createPacer(busy: () => number) {
  const waiting = Array.from({ length: 100 }, (_, n) => n);
  const startedCalls: number[] = [];
  const startNext = () => {
    const next = waiting.shift();
    if (next !== undefined) startedCalls.push(next);
    return next !== undefined;
  };
  const utilization = () => ({ idle: 0, active: 0, utilization: busy() });
  const pacer = new Pacer({ maxWaitMs: () => MAX_WAIT_MS, startNext }, utilization);
  for (const _ of waiting) pacer.notify();
  return { pacer, waiting, startedCalls };
}

test('the first call starts immediately', () => {
  const { startedCalls } = createPacer(() => 1);
  expect(startedCalls).toEqual([0]);
});

test.each([
  { busy: 0.5, every: 2 },
  { busy: 0.9, every: MAX_WAIT_MS },
])('with an event-loop utilization of $busy one starts every $every ms', ({ busy, every }) => {
  const { startedCalls } = createPacer(() => busy);
  vi.advanceTimersByTime(10 * every);
  expect(startedCalls.length).toBeGreaterThan(5);
  expect(startedCalls.length).toBeLessThanOrEqual(11);
  vi.advanceTimersByTime(200 * every);
  expect(startedCalls).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test('calls start faster as soon as there is time again', () => {
  let busy = 1;
  const { startedCalls } = createPacer(() => busy);
  vi.advanceTimersByTime(100);
  const before = startedCalls.length;
  busy = 0;
  vi.advanceTimersByTime(100);
  expect(startedCalls.length - before).toBeGreaterThan(2 * before);
});

test('a single later call starts immediately', () => {
  const { pacer, waiting, startedCalls } = createPacer(() => 1);
  vi.advanceTimersByTime(5_000);
  waiting.push(-1);
  pacer.notify();
  expect(startedCalls.at(-1)).toBe(-1);
});

test('an empty queue starts nothing', () => {
  createPacer(() => 0);
  vi.advanceTimersByTime(5_000);
  expect(vi.getTimerCount()).toBe(0);
});
