import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { asMillis } from '../../../../core/model/units.ts';
import { TokenExpiry } from '../../../../server/sockets/token-expiry.ts';
import { FakeSocket } from '../../../support/fake-socket.ts';
import { principal } from '../../../support/memory/hub.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const START = Date.parse('2026-01-01T12:00:37.250Z');

const expired: Array<{ user: string; afterMs: number }> = [];
let expiry: TokenExpiry;
beforeEach(() => {
  vi.useFakeTimers({ now: START });
  expired.length = 0;
  expiry = new TokenExpiry(({ data }) => {
    expired.push({ user: data.principal.sub, afterMs: Date.now() - START });
  });
});
afterEach(() => {
  vi.useRealTimers();
});

function connect(user: string, lifetimeMs: number): FakeSocket {
  const socket = new FakeSocket({ ...principal(user), expiresAt: asMillis(Date.now() + lifetimeMs) });
  expiry.add(socket.asSocket);
  return socket;
}

test('tokens expire at their time, in this minute or after months', () => {
  const lifetimes = [-SECOND, 0, 1, SECOND, 22_750, 22_749, 60 * SECOND, 3_600 * SECOND, 100 * DAY];
  for (const [index, lifetimeMs] of lifetimes.entries()) connect(String(index), lifetimeMs);
  vi.advanceTimersByTime(101 * DAY);
  const inOrder = lifetimes.map((lifetimeMs, index) => ({
    user: String(index),
    afterMs: Math.max(0, lifetimeMs),
  }));
  expect(expired).toHaveLength(lifetimes.length);
  // Timers take at least a millisecond.
  for (const { user, afterMs } of expired)
    expect(afterMs - (inOrder[Number(user)]?.afterMs ?? 0)).toBeLessThanOrEqual(1);
  for (const { user, afterMs } of expired)
    expect(afterMs).toBeGreaterThanOrEqual(inOrder[Number(user)]?.afterMs ?? 0);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  { from: 10 * SECOND, to: 3_600 * SECOND },
  { from: 3_600 * SECOND, to: 10 * SECOND },
  { from: 3_600 * SECOND, to: 7_200 * SECOND },
])('a renewed token expires at its new time only: $to instead of $from', ({ from, to }) => {
  const { asSocket: socket } = connect('ada', from);
  vi.advanceTimersByTime(SECOND);
  expiry.delete(socket);
  socket.data.principal = { ...socket.data.principal, expiresAt: asMillis(Date.now() + to) };
  expiry.add(socket);
  vi.advanceTimersByTime(DAY);
  expect(expired).toEqual([{ user: 'ada', afterMs: SECOND + to }]);
});

test('a closed socket leaves no timer, and does not expire', () => {
  const sockets = [10 * SECOND, 3_600 * SECOND, DAY].map((lifetimeMs) => connect('ada', lifetimeMs));
  vi.advanceTimersByTime(SECOND);
  for (const { asSocket } of sockets) expiry.delete(asSocket);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(2 * DAY);
  expect(expired).toEqual([]);
});
