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

/** An event loop that is so busy all the time. */
const paceOf = (busy: () => number) =>
  new Pace(MAX_WAIT_MS, () => ({ idle: 0, active: 0, utilization: busy() }));

/** A hundred pieces that arrive at once. */
function crowd(busy: () => number) {
  const pace = paceOf(busy);
  const begun: number[] = [];
  for (let n = 0; n < 100; n += 1) pace.enter('line', () => begun.push(n) > 0);
  return { pace, begun };
}

test('the first one begins at once', () => {
  const { begun } = crowd(() => 1);
  expect(begun).toEqual([0]);
});

test.each([
  { busy: 0.5, every: 2 },
  { busy: 0.9, every: MAX_WAIT_MS },
])('with the event loop busy at $busy one begins every $every ms, in order', ({ busy, every }) => {
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

test('a single one that comes later begins at once', () => {
  const { pace, begun } = crowd(() => 1);
  vi.advanceTimersByTime(5_000);
  pace.enter('line', () => begun.push(-1) > 0);
  expect(begun.at(-1)).toBe(-1);
});

test('lines take turns, and each says how many of it wait', () => {
  const pace = paceOf(() => 1);
  const begun: string[] = [];
  const enter = (line: string) => pace.enter(line, () => begun.push(line) > 0);
  for (let n = 0; n < 5; n += 1) enter('long');
  enter('short');
  expect([pace.waiting('long'), pace.waiting('short'), pace.waiting('other')]).toEqual([4, 1, 0]);
  vi.advanceTimersByTime(2 * MAX_WAIT_MS + 5);
  expect(begun).toEqual(['long', 'long', 'short']);
  vi.advanceTimersByTime(10 * MAX_WAIT_MS);
  expect(begun).toEqual(['long', 'long', 'short', 'long', 'long', 'long']);
});

test('what nobody wants any more costs no turn', () => {
  const pace = paceOf(() => 1);
  const begun: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    pace.enter('line', () => {
      if (n % 10 !== 0) return false;
      begun.push(n);
      return true;
    });
  }
  vi.advanceTimersByTime(4 * MAX_WAIT_MS + 10);
  expect(begun).toEqual([0, 10, 20, 30, 40]);
});
