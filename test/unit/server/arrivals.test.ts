/** New sessions give way to those that are there. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Arrivals } from '../../../server/arrivals.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An event loop that is so busy all the time, and a hundred who arrive at once. */
function crowd(busy: () => number) {
  const arrivals = new Arrivals(() => ({ idle: 0, active: 0, utilization: busy() }));
  const came: number[] = [];
  for (let n = 0; n < 100; n += 1) arrivals.enter(() => came.push(n));
  return { arrivals, came };
}

test('the first one comes in at once', () => {
  const { came } = crowd(() => 1);
  expect(came).toEqual([0]);
});

test.each([
  { busy: 0.5, every: 2 },
  { busy: 0.9, every: 10 },
])('with the event loop busy at $busy one comes in every $every ms, in order', ({ busy, every }) => {
  const { came } = crowd(() => busy);
  vi.advanceTimersByTime(10 * every);
  expect(came.length).toBeGreaterThan(5);
  expect(came.length).toBeLessThanOrEqual(11);
  vi.advanceTimersByTime(200 * every);
  expect(came).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test('they come faster as soon as there is time again', () => {
  let busy = 1;
  const { came } = crowd(() => busy);
  vi.advanceTimersByTime(100);
  const before = came.length;
  busy = 0;
  vi.advanceTimersByTime(100);
  expect(came.length - before).toBeGreaterThan(2 * before);
});

test('a single session that comes later is let in at once', () => {
  const { arrivals, came } = crowd(() => 1);
  vi.advanceTimersByTime(5_000);
  arrivals.enter(() => came.push(-1));
  expect(came.at(-1)).toBe(-1);
});
