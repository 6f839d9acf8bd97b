/** Which payloads of an overloaded space are refused before they are read. */
import { beforeEach, expect, test } from 'vitest';
import { HubError, overloaded } from '../../../core/errors.ts';
import { Overloads } from '../../../server/limits/overloads.ts';

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

const refuse = (bytes = LARGE) => overloads.failed('loud', bytes, overloaded('too much waits', 4_000));
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

test('one payload at a time tries whether there is room', () => {
  refuse();
  now = 250;
  expect([outcome(), outcome(), outcome()]).toEqual(['read', 'overloaded', 'overloaded']);
  now = 499;
  expect(outcome()).toBe('overloaded');
  // Nobody heard of the one that tried.
  now = 500;
  expect([outcome(), outcome()]).toEqual(['read', 'overloaded']);
});

test('the first that is accepted lets all others in', () => {
  refuse();
  overloads.accepted('quiet');
  expect(outcome()).toBe('overloaded');
  overloads.accepted('loud');
  expect([outcome(), outcome()]).toEqual(['read', 'read']);
});

test('smaller payloads than those refused are read, and small ones always', () => {
  refuse();
  expect([outcome(LARGE - 1), outcome(LARGE + 1)]).toEqual(['read', 'overloaded']);
  refuse(10);
  expect([outcome(4_095), outcome(4_096)]).toEqual(['read', 'overloaded']);
});

test('a payload of unknown length, and refusals for other reasons, say nothing of others', () => {
  overloads.failed('loud', null, overloaded('too much waits', 4_000));
  overloads.failed('loud', LARGE, new HubError('invalid_input'));
  overloads.failed('loud', LARGE, new Error('the database is away'));
  expect(outcome()).toBe('read');
});

test('a refusal tells how long to wait: longer for some, so that they do not return at once', () => {
  refuse();
  expect(() => overloads.check('loud', LARGE)).toThrow(
    expect.objectContaining({ code: 'overloaded', message: 'too much waits', retryAfterMs: 5_000 }),
  );
});
