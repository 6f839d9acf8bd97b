/** Names of objects, and lists of them, in a language (rule 9). */
import type { StoredRef } from '../model/entities.ts';
import { formatLocale, memoizeByLocale } from './languages.ts';

/** Longer lists end with a count. */
const MAX_LISTED = 3;

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** "2 others" at the end of a list, by plural category. At least two are left out, so `one` is rarely needed. */
const others: Readonly<Record<string, Forms>> = {
  en: { other: '# others' },
  de: { other: '# weitere' },
  fr: { other: '# autres' },
  es: { other: '# más' },
  pt: { other: 'mais #' },
  it: { other: 'altri #' },
  nl: { other: '# anderen' },
  pl: { few: '# inne', other: '# innych' },
  ja: { other: '他#件' },
  zh: { other: '其他 # 项' },
  'zh-Hant': { other: '其他 # 項' },
  ko: { other: '외 #개' },
  ar: { two: 'اثنان آخران', few: '# آخرون', other: '# آخر' },
};
/** Reads the same in all languages. */
const otherNumber: Forms = { other: '+#' };

const listFormat = memoizeByLocale(
  (locale) => new Intl.ListFormat(formatLocale(locale), { type: 'conjunction' }),
);
const pluralRules = memoizeByLocale((locale) => new Intl.PluralRules(formatLocale(locale)));
const numberFormat = memoizeByLocale((locale) => new Intl.NumberFormat(formatLocale(locale)));
const formsOf = memoizeByLocale((locale) => {
  // Readers of `zh-TW` do not name the script.
  const { language, script } = new Intl.Locale(formatLocale(locale)).maximize();
  return others[`${language}-${script}`] ?? others[language] ?? otherNumber;
});

/** "2 others" */
function othersText(count: number, locale: string): string {
  const forms = formsOf(locale);
  return (forms[pluralRules(locale).select(count)] ?? forms.other).replace(
    '#',
    numberFormat(locale).format(count),
  );
}

/**
 * Returns the name of an object: its `name`, otherwise its type and id ("issue 7"), of a user the id. A deleted
 * object has the description given by the application.
 */
export function nameOf(object: StoredRef, userType: string): string {
  if ('deleted' in object) return object.description;
  if (object.name) return object.name;
  return object.type === userType ? object.id : `${object.type} ${object.id}`;
}

/** Lists up to three names ("a, b and c"). Longer lists become "a, b and 2 others". */
export function listText(names: readonly string[], locale: string): string {
  // Most lists. A formatter would return the name, too.
  if (names.length < 2) return names[0] ?? '';
  const isLong = names.length > MAX_LISTED;
  const shown = isLong ? [...names.slice(0, 2), othersText(names.length - 2, locale)] : names;
  return listFormat(locale).format(shown);
}
