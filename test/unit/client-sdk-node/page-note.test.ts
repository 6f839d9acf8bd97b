import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNote, withoutQuery } from '../../../client-sdk/node/src/page-note.ts';
import { limits } from '../../../protocol/limits.ts';

const long = (letter: string, length: number) => `/${letter.repeat(length - 1)}`;

describe('a note', () => {
  it('of 255 characters is complete', () => {
    expect(formatNote(long('a', 255), { status: 200, isComplete: true })).toBe(long('a', 255));
    expect(formatNote(long('a', 249), { status: 404, isComplete: true })).toBe(`${long('a', 249)} (404)`);
  });

  it('that would be longer has its path truncated, not its end', () => {
    expect(formatNote(long('a', 256), { status: 200, isComplete: true })).toBe(`${long('a', 254)}…`);
    expect(formatNote(long('a', 250), { status: 404, isComplete: true })).toBe(`${long('a', 248)}… (404)`);
    expect(formatNote(long('a', 300), { status: 200, isComplete: false })).toMatch(/^\/a+… \(broken off\)$/);
  });

  it('of a redirect divides its length between both paths', () => {
    const note = (path: number, target: number) =>
      formatNote(long('a', path), { status: 302, isComplete: true, location: long('b', target) });
    expect(note(10, 242)).toBe(`${long('a', 10)} → ${long('b', 242)}`);
    expect(note(242, 10)).toBe(`${long('a', 242)} → ${long('b', 10)}`);
    expect(note(126, 126)).toBe(`${long('a', 126)} → ${long('b', 126)}`);
    expect(note(300, 10)).toBe(`${long('a', 241)}… → ${long('b', 10)}`);
    expect(note(10, 300)).toBe(`${long('a', 10)} → ${long('b', 241)}…`);
    expect(note(300, 300)).toBe(`${long('a', 125)}… → ${long('b', 125)}…`);
  });

  it('fits and is well-formed for any paths', () => {
    const path = fc.string({ unit: 'binary', maxLength: 400 });
    const outcome = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      isComplete: fc.boolean(),
      location: fc.option(path, { nil: undefined }),
    });
    fc.assert(
      fc.property(path, outcome, (text, how) => {
        const note = formatNote(text, how);
        expect(note.length).toBeLessThanOrEqual(limits.eventNote);
        expect(note.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

it('a note omits what follows the path of an address', () => {
  expect(withoutQuery('/a?b=/c#d')).toBe('/a');
  expect(withoutQuery('https://x.test/a#?')).toBe('https://x.test/a');
  expect(withoutQuery('?a')).toBe('');
});
