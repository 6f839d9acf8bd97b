import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asMillis } from '../../../../core/model/units.ts';
import { defaultText, timeText } from '../../../../core/rendering/sentence.ts';
import type { DeletedRef, Ref } from '../../../../protocol/entities.ts';

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

  it('uses “was” or “were” without an actor', () => {
    expect(text({ actor: null, targets: named('a') })).toBe('a was closed');
    expect(text({ actor: null, targets: named('a', 'b') })).toBe('a and b were closed');
    expect(text({ actor: null, targets: named('a'), related: named('b') })).toBe(
      'a was closed in relation to b',
    );
  });

  it('omits missing parts', () => {
    expect(text({})).toBe('Ada closed');
    expect(text({ actor: null })).toBe('closed');
    expect(text({ actor: null, related: named('a') })).toBe('closed in relation to a');
  });

  it('shows the id of objects without a name', () => {
    expect(text({ actor: { type: 'user', id: 'bob' }, targets: [{ type: 'issue', id: '7' }] })).toBe(
      'bob closed 7',
    );
  });

  it('shows the description of deleted objects', () => {
    const gone: DeletedRef = {
      ...{ type: 'issue', id: '7', name: 'Fix login' },
      ...{ deleted: true, description: 'Fix login (2019)', serialization: null },
    };
    expect(text({ actor: gone, targets: [gone], related: [gone] })).toBe(
      'Fix login (2019) closed Fix login (2019) in relation to Fix login (2019)',
    );
  });

  it.each([
    ['de', 'Ada closed a, b und c'],
    ['fr', 'Ada closed a, b et c'],
    ['ar', 'Ada closed a وb وc'],
    ['ja', 'Ada closed a、b、c'],
    ['en-US', 'Ada closed a, b, and c'],
    ['en', 'Ada closed a, b and c'],
    ['en-GB', 'Ada closed a, b and c'],
  ])('joins lists as the language does: %s', (locale, expected) => {
    expect(text({ targets: named('a', 'b', 'c') }, locale)).toBe(expected);
  });

  it('joins lists as by default in an unknown language', () => {
    expect(text({ targets: named('a', 'b', 'c') }, 'tlh')).toBe('Ada closed a, b and c');
  });

  it('stays correct however many languages are requested', () => {
    for (let times = 0; times < 2; times += 1) {
      for (let index = 0; index < 150; index += 1) {
        expect(text({ targets: named('a', 'b') }, `de-x-${index}`)).toBe('Ada closed a und b');
      }
    }
  });

  it('contains every listed name unchanged, whatever characters it has', () => {
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

describe('the time', () => {
  const now = Date.parse('2024-05-06T07:08:09Z');
  const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

  it.each([
    [0, 'now'],
    [-4_999, 'now'],
    [4_999, 'now'],
    [-5 * second, '5 seconds ago'],
    [-59_999, '59 seconds ago'],
    [-minute, '1 minute ago'],
    [-5 * minute, '5 minutes ago'],
    [-hour + 1, '59 minutes ago'],
    [-hour, '1 hour ago'],
    [-day, '1 day ago'],
    [-7 * day + 1, '6 days ago'],
    [-7 * day, '1 week ago'],
    [-30 * day, '4 weeks ago'],
    [-31 * day, '1 month ago'],
    [-364 * day, '11 months ago'],
    [-365 * day, '1 year ago'],
    [-800 * day, '2 years ago'],
    [5 * second, 'in 5 seconds'],
    [2 * hour, 'in 2 hours'],
  ])('%d ms from now is shown in the largest whole unit: %s', (away, expected) => {
    expect(timeText(asMillis(now + away), asMillis(now))).toBe(expected);
  });

  it.each([
    ['en', '5 minutes ago', 'now'],
    ['de', 'vor 5 Minuten', 'jetzt'],
    ['fr', 'il y a 5 minutes', 'maintenant'],
    ['ar', 'قبل 5 دقائق', 'الآن'],
    ['tlh', '5 minutes ago', 'now'],
  ])('is formatted as usual in the language: %s', (locale, ago, justNow) => {
    expect(timeText(asMillis(now - 5 * minute), asMillis(now), locale)).toBe(ago);
    expect(timeText(asMillis(now), asMillis(now), locale)).toBe(justNow);
  });
});
