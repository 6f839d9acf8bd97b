import { describe, expect, it } from 'vitest';
import { asMillis } from '../../../../core/model/units.ts';
import { timeText } from '../../../../core/rendering/times.ts';

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
    expect(timeText(asMillis(now + away), asMillis(now), 'en')).toBe(expected);
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
