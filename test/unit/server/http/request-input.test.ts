import express, { type Request } from 'express';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestLocale } from '../../../../server/http/request-input.ts';

/** A tag that Intl accepts, and that a call may not name as its `locale`. */
const longTag = `de-x${'-aaaaaaaa'.repeat(8)}`;

function localeOf(header?: string): string | undefined {
  const request: Request = Object.create(express.request);
  request.headers = header === undefined ? {} : { 'accept-language': header };
  return requestLocale(request);
}

it.each([
  ['de', 'de'],
  ['de-at', 'de-AT'],
  ['da, en-gb;q=0.8, en;q=0.7', 'da'],
  ['fr;q=0.5, de;q=0.9, *;q=0.1', 'de'],
  ['fr;q=0.5, de;q=0.5', 'fr'],
  ['zh-Hant-TW ; q=1.000', 'zh-Hant-TW'],
  ['de;q=0, fr;q=0.001', 'fr'],
  ['', undefined],
  ['*', undefined],
  ['de;q=0', undefined],
  ['de;q=high', undefined],
  ['not a language', undefined],
  ['a', undefined],
  ['ab-cd-ef', undefined],
  ['../../etc, <script>, de', 'de'],
  [', ,de,', 'de'],
  [`${longTag}, de;q=0.9`, 'de'],
  [`${'1,'.repeat(19)}de`, 'de'],
  [`${'1,'.repeat(20)}de`, undefined],
])('of %j the client prefers %j', (header, expected) => {
  expect(localeOf(header)).toBe(expected);
});

it('the language is none if the client sends no header', () => {
  expect(localeOf()).toBeUndefined();
});

it('the language is none if the header is longer than a thousand characters', () => {
  expect(localeOf(`${' '.repeat(998)}de`)).toBe('de');
  expect(localeOf(`${' '.repeat(999)}de`)).toBeUndefined();
});

it('the language is one that Intl supports, or none, for any header', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'de',
      'en-GB',
      '*',
      'x-klingon',
      'i-default',
      'en;q=0.5',
      'en;q=2',
      'en;level=1',
      longTag,
    ),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const found = localeOf(parts.join(','));
      if (found === undefined) return;
      expect(() => new Intl.ListFormat(found)).not.toThrow();
      expect(found.length).toBeLessThanOrEqual(64);
    }),
    { numRuns: 1_000 },
  );
});
