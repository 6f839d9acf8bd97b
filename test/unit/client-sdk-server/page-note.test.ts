import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noteOf, withoutQuery } from '../../../client-sdk/server/page-note.ts';
import { limits } from '../../../protocol/limits.ts';

const long = (letter: string, length: number) => `/${letter.repeat(length - 1)}`;

describe('a note', () => {
  it('of 255 characters is whole', () => {
    expect(noteOf(long('a', 255), { status: 200, sent: true })).toBe(long('a', 255));
    expect(noteOf(long('a', 249), { status: 404, sent: true })).toBe(`${long('a', 249)} (404)`);
  });

  it('that would be longer has its path cut, not its end', () => {
    expect(noteOf(long('a', 256), { status: 200, sent: true })).toBe(`${long('a', 254)}…`);
    expect(noteOf(long('a', 250), { status: 404, sent: true })).toBe(`${long('a', 248)}… (404)`);
    expect(noteOf(long('a', 300), { status: 200, sent: false })).toMatch(/^\/a+… \(broken off\)$/);
  });

  it('of a redirect shares its room out between both paths', () => {
    const note = (path: number, target: number) =>
      noteOf(long('a', path), { status: 302, sent: true, location: long('b', target) });
    expect(note(10, 242)).toBe(`${long('a', 10)} → ${long('b', 242)}`);
    expect(note(242, 10)).toBe(`${long('a', 242)} → ${long('b', 10)}`);
    expect(note(126, 126)).toBe(`${long('a', 126)} → ${long('b', 126)}`);
    expect(note(300, 10)).toBe(`${long('a', 241)}… → ${long('b', 10)}`);
    expect(note(10, 300)).toBe(`${long('a', 10)} → ${long('b', 241)}…`);
    expect(note(300, 300)).toBe(`${long('a', 125)}… → ${long('b', 125)}…`);
  });

  it('fits and is well-formed, whatever the paths are', () => {
    const path = fc.string({ unit: 'binary', maxLength: 400 });
    const outcome = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      sent: fc.boolean(),
      location: fc.option(path, { nil: undefined }),
    });
    fc.assert(
      fc.property(path, outcome, (text, how) => {
        const note = noteOf(text, how);
        expect(note.length).toBeLessThanOrEqual(limits.eventNote);
        expect(note.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

it('what follows the path of an address is left out', () => {
  expect(withoutQuery('/a?b=/c#d')).toBe('/a');
  expect(withoutQuery('https://x.test/a#?')).toBe('https://x.test/a');
  expect(withoutQuery('?a')).toBe('');
});
