import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultText } from '../../../core/rendering.ts';
import type { Ref } from '../../../protocol/entities.ts';

const named = (...names: string[]): Ref[] => names.map((name) => ({ type: 'issue', id: `id-${name}`, name }));
const ada: Ref = { type: 'user', id: 'ada', name: 'Ada' };
const text = (parts: { actor?: Ref | null; targets?: Ref[]; related?: Ref[] }, locale?: string): string =>
  defaultText({ actor: ada, verb: 'closed', targets: [], related: [], ...parts }, locale);

describe('the default text', () => {
  it('says who did what to what in relation to what', () => {
    expect(text({ targets: named('Fix login'), related: named('Website') })).toBe(
      'Ada closed Fix login in relation to Website',
    );
  });

  it('writes out up to three and counts the rest from four on', () => {
    expect(text({ targets: named('a') })).toBe('Ada closed a');
    expect(text({ targets: named('a', 'b') })).toBe('Ada closed a and b');
    expect(text({ targets: named('a', 'b', 'c') })).toBe('Ada closed a, b and c');
    expect(text({ targets: named('a', 'b', 'c', 'd') })).toBe('Ada closed a, b and 2 others');
    expect(text({ related: named('a', 'b', 'c', 'd', 'e') })).toBe(
      'Ada closed in relation to a, b and 3 others',
    );
  });

  it('says was or were where nobody did it', () => {
    expect(text({ actor: null, targets: named('a') })).toBe('a was closed');
    expect(text({ actor: null, targets: named('a', 'b') })).toBe('a and b were closed');
    expect(text({ actor: null, targets: named('a'), related: named('b') })).toBe(
      'a was closed in relation to b',
    );
  });

  it('does without what there is none of', () => {
    expect(text({})).toBe('Ada closed');
    expect(text({ actor: null })).toBe('closed');
    expect(text({ actor: null, related: named('a') })).toBe('closed in relation to a');
  });

  it('calls by its id what has no name', () => {
    expect(text({ actor: { type: 'user', id: 'bob' }, targets: [{ type: 'issue', id: '7' }] })).toBe(
      'bob closed 7',
    );
  });

  it('joins lists as the language does', () => {
    expect(text({ targets: named('a', 'b', 'c') }, 'de')).toBe('Ada closed a, b und c');
    expect(text({ targets: named('a', 'b', 'c') }, 'en-US')).toBe('Ada closed a, b, and c');
  });

  it('holds every name that is written out just as it is given, whatever is in it', () => {
    const names = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, names, (targets, related) => {
        const [first, second = '', third = ''] = targets;
        const list = [
          first,
          `${first} and ${second}`,
          `${first}, ${second} and ${third}`,
          `${first}, ${second} and ${targets.length - 2} others`,
        ][Math.min(targets.length, 4) - 1];
        const rendered = text({ targets: named(...targets), related: named(...related) });
        expect(rendered.startsWith(`Ada closed ${list} in relation to ${related[0]}`)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
