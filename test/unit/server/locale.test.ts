import fc from 'fast-check';
import { expect, it } from 'vitest';
import { preferredLocale } from '../../../server/http/locale.ts';

it.each([
  ['de', 'de'],
  ['de-at', 'de-AT'],
  ['da, en-gb;q=0.8, en;q=0.7', 'da'],
  ['fr;q=0.5, de;q=0.9, *;q=0.1', 'de'],
  ['fr;q=0.5, de;q=0.5', 'fr'],
  ['zh-Hant-TW ; q=1.000', 'zh-Hant-TW'],
  ['de;q=0, fr;q=0.001', 'fr'],
  ['', null],
  ['*', null],
  ['de;q=0', null],
  ['de;q=2', null],
  ['de;q=high', null],
  ['de;level=1', null],
  ['not a language', null],
  ['a', null],
  ['ab-cd-ef', null],
  ['../../etc, <script>, de', 'de'],
  [', ,de,', 'de'],
])('of %j the client prefers %j', (header, expected) => {
  expect(preferredLocale(header)).toBe(expected);
});

it('is none if the client sends no header', () => {
  expect(preferredLocale(undefined)).toBeNull();
});

it('considers at most twenty languages, or a thousand characters', () => {
  expect(preferredLocale(`${'fr;q=0.1,'.repeat(19)}de`)).toBe('de');
  expect(preferredLocale(`${'fr;q=0.1,'.repeat(20)}de`)).toBe('fr');
  expect(preferredLocale(`${' '.repeat(1_000)}de`)).toBeNull();
});

it('returns a language that Intl supports, or none, for any header', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('de', 'en-GB', '*', 'x-klingon', 'i-default', 'en;q=0.5'),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const found = preferredLocale(parts.join(','));
      if (found !== null) expect(() => new Intl.ListFormat(found)).not.toThrow();
    }),
    { numRuns: 1_000 },
  );
});
