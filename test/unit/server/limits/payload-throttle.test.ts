/** Large payloads of one space do not slow down the others. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RecentSpaces } from '../../../../infra/recent-spaces.ts';
import { leaving } from '../../../../server/leaving.ts';
import { PayloadThrottle } from '../../../../server/limits/payload-throttle.ts';
import { Pace } from '../../../../server/pace.ts';

const LARGE = 4_096;
const MAX_WAIT_MS = 50;
const MAX_WAITING = 250;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A throttle on an event loop that is always busy, and what it let through. */
function busy(...spaces: string[]) {
  const recent = new RecentSpaces();
  for (const space of spaces) recent.note(space);
  const pace = new Pace(MAX_WAIT_MS, () => ({ idle: 0, active: 0, utilization: 1 }));
  const throttle = new PayloadThrottle(recent, pace);
  const read: string[] = [];
  const enter = async (space: string, bytes = LARGE, signal = leaving().signal) => {
    await throttle.enter(space, bytes, signal);
    read.push(space);
  };
  return { recent, read, enter };
}

const times = (count: number) => Array.from({ length: count });

test('a space that is alone reads as many as it likes', async () => {
  const { read, enter } = busy('loud', 'loud');
  await Promise.all(times(500).map(() => enter('loud')));
  expect(read).toHaveLength(500);
});

test('beside others it reads one after the other, and small ones at once', async () => {
  const { read, enter } = busy('loud', 'quiet');
  const all = Promise.all(times(10).map(() => enter('loud')));
  await vi.advanceTimersByTimeAsync(3 * MAX_WAIT_MS + 10);
  expect(read).toHaveLength(4);
  await enter('loud', LARGE - 1);
  expect(read).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(10 * MAX_WAIT_MS);
  await all;
});

test('a space that sends one payload has the next turn', async () => {
  const { read, enter } = busy('loud', 'quiet');
  const all = [...times(20).map(() => enter('loud')), enter('quiet')];
  await vi.advanceTimersByTimeAsync(2 * MAX_WAIT_MS + 10);
  expect(read).toEqual(['loud', 'loud', 'quiet']);
  await vi.advanceTimersByTimeAsync(20 * MAX_WAIT_MS);
  await Promise.all(all);
});

test('one too many of a space is refused with a time to wait, those of others are not', async () => {
  const { read, enter } = busy('loud', 'quiet');
  const all = times(MAX_WAITING + 1).map(() => enter('loud'));
  await expect(enter('loud')).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 1_000 });
  all.push(enter('quiet'));
  await vi.advanceTimersByTimeAsync((MAX_WAITING + 2) * MAX_WAIT_MS + 1_000);
  await Promise.all(all);
  expect(read).toHaveLength(MAX_WAITING + 2);
});

test('a client that leaves takes no turn', async () => {
  const { read, enter } = busy('loud', 'quiet');
  const left = leaving();
  const all = [enter('loud'), ...times(20).map(() => enter('loud', LARGE, left.signal)), enter('loud')];
  const outcomes = Promise.allSettled(all);
  left.leave();
  await vi.advanceTimersByTimeAsync(MAX_WAIT_MS + 10);
  expect(read).toHaveLength(2);
  const kinds = (await outcomes).map(({ status }) => status);
  expect(kinds.filter((kind) => kind === 'rejected')).toHaveLength(20);
});
