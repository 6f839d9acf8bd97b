/**
 * The default text of an action, and relative times (rule 9). `Intl` localizes lists and
 * times. The other words ("in relation to", "others", "was") are English, as verbs come from the application.
 */
import { LRUCache } from 'lru-cache';
import type { StoredAction, StoredRef } from '../model/entities.ts';
import type { Millis } from '../model/units.ts';

export const DEFAULT_LOCALE = 'en-GB';
/** Longer lists end with a count. */
const MAX_LISTED = 3;
/** Cached formatters per kind, one per locale. Creating a formatter costs more than using it. */
const MAX_FORMATTERS = 100;

/** Creates one formatter per locale and keeps the most recently used. */
function memoizeByLocale<T extends object>(create: (locale: string) => T): (locale: string) => T {
  const cache = new LRUCache<string, T>({ max: MAX_FORMATTERS });
  return (locale) => {
    const formatter = cache.get(locale) ?? create(supportedLocale(locale));
    cache.set(locale, formatter);
    return formatter;
  };
}

/**
 * Returns the locale for `Intl`. For an unsupported one, `Intl` would use the machine's language. For `en`
 * without a region, it would put a comma before "and", unlike rule 9.
 */
const supportedLocale = (locale: string): string =>
  locale === 'en' || Intl.ListFormat.supportedLocalesOf(locale).length === 0 ? DEFAULT_LOCALE : locale;

const listFormat = memoizeByLocale((locale) => new Intl.ListFormat(locale, { type: 'conjunction' }));
const timeFormat = memoizeByLocale((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'always' }));
const nowFormat = memoizeByLocale((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));

/** Returns the display name of an object; for a deleted one, the description given by the application. */
const nameOf = (object: StoredRef): string =>
  'deleted' in object ? object.description : (object.name ?? object.id);

/** Lists up to three names ("a, b and c"). Longer lists become "a, b and 2 others". */
export function listText(objects: readonly StoredRef[], locale = DEFAULT_LOCALE): string {
  const names = objects.map(nameOf);
  const shown = names.length > MAX_LISTED ? [...names.slice(0, 2), `${names.length - 2} others`] : names;
  return listFormat(locale).format(shown);
}

/**
 * Returns `{actor} {verb} {targets} in relation to {related}`, or without an actor `{targets} was|were {verb}
 * …`. `locale`: a BCP 47 tag for joining lists.
 */
export function defaultText(
  action: Pick<StoredAction, 'actor' | 'verb' | 'targets' | 'related'>,
  locale?: string,
): string {
  const { actor, verb, targets, related } = action;
  const parts: string[] = [];
  if (actor) parts.push(nameOf(actor), verb);
  if (targets.length > 0) parts.push(listText(targets, locale));
  if (!actor) parts.push(...(targets.length > 0 ? [targets.length > 1 ? 'were' : 'was'] : []), verb);
  if (related.length > 0) parts.push('in relation to', listText(related, locale));
  return parts.join(' ');
}

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
export function timeText(time: Millis, now: Millis, locale = DEFAULT_LOCALE): string {
  const offset = time - now;
  const [unit, length] = units.find(([, each]) => Math.abs(offset) >= each) ?? ['second', SECOND];
  if (Math.abs(offset) < NOW_MS) return nowFormat(locale).format(0, 'second');
  return timeFormat(locale).format(Math.trunc(offset / length), unit);
}
