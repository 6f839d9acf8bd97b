/** Work begins at a pace that spares everything else on the event loop. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '../../../server/pace.ts';

const MAX_WAIT_MS = 10;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A hundred pieces that come at once, on an event loop that is so busy all the time. */
function crowd(busy: () => number) {
  const pieces = Array.from({ length: 100 }, (_, n) => n);
  const begun: number[] = [];
  const beginNext = () => {
    const next = pieces.shift();
    if (next !== undefined) begun.push(next);
    return next !== undefined;
  };
  const utilization = () => ({ idle: 0, active: 0, utilization: busy() });
  const pace = new Pace({ maxWaitMs: () => MAX_WAIT_MS, beginNext }, utilization);
  for (const _ of pieces) pace.wake();
  return { pace, pieces, begun };
}

test('the first one begins immediately', () => {
  const { begun } = crowd(() => 1);
  expect(begun).toEqual([0]);
});

test.each([
  { busy: 0.5, every: 2 },
  { busy: 0.9, every: MAX_WAIT_MS },
])('with the event loop busy at $busy one begins every $every ms', ({ busy, every }) => {
  const { begun } = crowd(() => busy);
  vi.advanceTimersByTime(10 * every);
  expect(begun.length).toBeGreaterThan(5);
  expect(begun.length).toBeLessThanOrEqual(11);
  vi.advanceTimersByTime(200 * every);
  expect(begun).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test('they begin faster as soon as there is time again', () => {
  let busy = 1;
  const { begun } = crowd(() => busy);
  vi.advanceTimersByTime(100);
  const before = begun.length;
  busy = 0;
  vi.advanceTimersByTime(100);
  expect(begun.length - before).toBeGreaterThan(2 * before);
});

test('a single one that comes later begins immediately', () => {
  const { pace, pieces, begun } = crowd(() => 1);
  vi.advanceTimersByTime(5_000);
  pieces.push(-1);
  pace.wake();
  expect(begun.at(-1)).toBe(-1);
});

test('when there is nothing left nothing goes on', () => {
  crowd(() => 0);
  vi.advanceTimersByTime(5_000);
  expect(vi.getTimerCount()).toBe(0);
});
