/** Payloads of an overloaded space that are refused before they are read. */
import { beforeEach, expect, test } from 'vitest';
import { HubError, overloaded } from '../../../../core/errors.ts';
import { Overloads } from '../../../../server/limits/overloads.ts';

const LARGE = 50_000;
let now: number;
let overloads: Overloads;
beforeEach(() => {
  now = 0;
  overloads = new Overloads(
    () => now,
    () => 1,
  );
});

const refuse = (bytes = LARGE) =>
  overloads.recordFailed('loud', bytes, overloaded('too many actions are pending', 4_000));
function outcome(bytes = LARGE, space = 'loud'): string {
  try {
    overloads.check(space, bytes);
    return 'read';
  } catch (error) {
    return error instanceof HubError ? error.code : String(error);
  }
}

test('large payloads of a space that was refused are refused early, for a quarter of a second', () => {
  expect(outcome()).toBe('read');
  refuse();
  expect(outcome()).toBe('overloaded');
  expect(outcome(LARGE, 'quiet')).toBe('read');
  now = 249;
  expect(outcome()).toBe('overloaded');
  now = 250;
  expect(outcome()).toBe('read');
});

test('one payload at a time probes the capacity', () => {
  refuse();
  now = 250;
  expect([outcome(), outcome(), outcome()]).toEqual(['read', 'overloaded', 'overloaded']);
  now = 499;
  expect(outcome()).toBe('overloaded');
  // The outcome of the probe never became known.
  now = 500;
  expect([outcome(), outcome()]).toEqual(['read', 'overloaded']);
});

test('the first accepted payload lets all others in', () => {
  refuse();
  overloads.recordAccepted('quiet');
  expect(outcome()).toBe('overloaded');
  overloads.recordAccepted('loud');
  expect([outcome(), outcome()]).toEqual(['read', 'read']);
});

test('smaller payloads than those refused are read, and small ones always', () => {
  refuse();
  expect([outcome(LARGE - 1), outcome(LARGE + 1)]).toEqual(['read', 'overloaded']);
  refuse(10);
  expect([outcome(4_095), outcome(4_096)]).toEqual(['read', 'overloaded']);
});

test('a payload of unknown length, and refusals for other reasons, do not affect others', () => {
  overloads.recordFailed('loud', null, overloaded('too many actions are pending', 4_000));
  overloads.recordFailed('loud', LARGE, new HubError('invalid_input'));
  overloads.recordFailed('loud', LARGE, new Error('the database is unavailable'));
  expect(outcome()).toBe('read');
});

test('a refusal contains the time to wait, with jitter, so that clients do not return at once', () => {
  refuse();
  expect(() => overloads.check('loud', LARGE)).toThrow(
    expect.objectContaining({
      code: 'overloaded',
      message: 'too many actions are pending',
      retryAfterMs: 5_000,
    }),
  );
});
