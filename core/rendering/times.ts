/** Relative times (rule 9). */
import type { Millis } from '../model/units.ts';
import { formatLocale, memoizeByLocale } from './languages.ts';

const timeFormat = memoizeByLocale(
  (locale) => new Intl.RelativeTimeFormat(formatLocale(locale), { numeric: 'always' }),
);
const nowFormat = memoizeByLocale(
  (locale) => new Intl.RelativeTimeFormat(formatLocale(locale), { numeric: 'auto' }),
);

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const YEAR = 365 * DAY;
const units: ReadonlyArray<[Intl.RelativeTimeFormatUnit, number]> = [
  ['year', YEAR],
  ['month', YEAR / 12],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', 3_600 * SECOND],
  ['minute', 60 * SECOND],
  ['second', SECOND],
];
/** Shorter offsets are shown as "now". */
const NOW_MS = 5 * SECOND;

/** Returns "5 minutes ago", "in 2 hours" or "now": whole units, truncated. `locale`: a BCP 47 tag. */
export function timeText(time: Millis, now: Millis, locale: string): string {
  const offset = time - now;
  const [unit, length] = units.find(([, each]) => Math.abs(offset) >= each) ?? ['second', SECOND];
  if (Math.abs(offset) < NOW_MS) return nowFormat(locale).format(0, 'second');
  return timeFormat(locale).format(Math.trunc(offset / length), unit);
}
