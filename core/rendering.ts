/**
 * Rule 9 of the contract: the default text of an action, and how long ago it was. What comes from `Intl` follows the
 * locale: how lists are joined, and times. The words around ("in relation to", "others", "was") are English, as verbs are
 * the application's own: another language is what a handler's `text` is for.
 */
import type { StoredAction, StoredRef } from './model.ts';

export const DEFAULT_LOCALE = 'en-GB';
/** More than this many are counted instead of written out. */
const WRITTEN_OUT = 3;
/** Formatters of a kind that are kept, for as many locales. They cost more to make than to use. */
const MOST_FORMATTERS = 100;

/** Makes one for each locale and keeps those used last. */
function kept<T>(make: (locale: string) => T, most = MOST_FORMATTERS): (locale: string) => T {
  const known = new Map<string, T>();
  return (locale) => {
    const found = known.get(locale) ?? make(spoken(locale));
    known.delete(locale);
    known.set(locale, found);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

/**
 * What `Intl` is asked for: it would take the machine's own language for one it does not know, and has commas before
 * "and" in an English that says nothing of its country, unlike the contract.
 */
const spoken = (locale: string): string =>
  locale === 'en' || Intl.ListFormat.supportedLocalesOf(locale).length === 0 ? DEFAULT_LOCALE : locale;

const listFormat = kept((locale) => new Intl.ListFormat(locale, { type: 'conjunction' }));
const timeFormat = kept((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'always' }));
const nowFormat = kept((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));

/** What a person calls it; of an object that the application deleted, what it said of it. */
const nameOf = (object: StoredRef): string =>
  'deleted' in object ? object.description : (object.name ?? object.id);

/** Up to three are written out ("a, b and c"), four or more "a, b and 2 others". */
export function listText(objects: readonly StoredRef[], locale = DEFAULT_LOCALE): string {
  const names = objects.map(nameOf);
  const shown = names.length > WRITTEN_OUT ? [...names.slice(0, 2), `${names.length - 2} others`] : names;
  return listFormat(locale).format(shown);
}

/**
 * `{actor} {verb} {targets} in relation to {related}`; without an actor `{targets} was|were {verb} …`.
 * `locale`: a BCP 47 tag; lists are joined as that language does.
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
/** What is nearer than this is now. */
const NOW_MS = 5 * SECOND;

/**
 * "5 minutes ago", "in 2 hours", "now": the greatest unit of which there is a whole one, cut off and not rounded. Both
 * times in milliseconds since 1970; `locale`: a BCP 47 tag.
 */
export function timeText(time: number, now: number, locale = DEFAULT_LOCALE): string {
  const away = time - now;
  const [unit, length] = units.find(([, each]) => Math.abs(away) >= each) ?? ['second', SECOND];
  if (Math.abs(away) < NOW_MS) return nowFormat(locale).format(0, 'second');
  return timeFormat(locale).format(Math.trunc(away / length), unit);
}
