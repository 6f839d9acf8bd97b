import { expect, it } from 'vitest';
import { badgeOf, isCapped } from '../../../client-sdk/inbox/engine/badge.ts';
import { validLocale } from '../../../client-sdk/inbox/engine/locale.ts';

it.each([
  [0, false, null],
  [0, true, null],
  [1, false, '1'],
  [12, true, '12'],
  [999, false, '999'],
  [999, true, '999+'],
] as const)('%d unread, capped %s: the badge shows %s', (unread, capped, badge) => {
  expect(badgeOf({ unread, unseen: 999, capped })).toBe(badge);
});

it('the badge is capped only if its own count is, because both counts share the flag', () => {
  expect(isCapped({ unread: 12, unseen: 999, capped: true })).toBe(false);
  expect(isCapped({ unread: 999, unseen: 12, capped: true })).toBe(true);
  expect(isCapped({ unread: 999, unseen: 999, capped: false })).toBe(false);
});

it.each([
  ['de', 'de'],
  ['EN-gb', 'en-GB'],
  ['', undefined],
  [null, undefined],
  [undefined, undefined],
  ['not_a_tag', undefined],
] as const)('the language tag %j is %j for Intl', (tag, locale) => {
  expect(validLocale(tag)).toBe(locale);
});
