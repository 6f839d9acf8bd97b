import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RecentSpaces } from '../../../infra/recent-spaces.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a space is alone until another one has work, and again a second after that', () => {
  const recent = new RecentSpaces();
  expect(recent.hasOther('acme')).toBe(false);
  recent.record('acme');
  recent.record('acme');
  expect(recent.hasOther('acme')).toBe(false);
  expect(recent.hasOther('beta')).toBe(true);
  recent.record('beta');
  recent.record('acme');
  recent.record('acme');
  expect(recent.hasOther('acme')).toBe(true);
  vi.advanceTimersByTime(999);
  recent.record('acme');
  expect(recent.hasOther('acme')).toBe(true);
  vi.advanceTimersByTime(1);
  expect(recent.hasOther('acme')).toBe(false);
});
