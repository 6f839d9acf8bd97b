/** Language tags (BCP 47), and the formatters of `Intl` for them. */
import { LRUCache } from 'lru-cache';

/** The built-in words are English. `Intl` puts no comma before "and" in this locale, as rule 9 says. */
export const BUILT_IN_LOCALE = 'en-GB';
/** Cached objects per kind, one per locale. Creating a formatter costs more than using it. */
const MAX_CACHED = 100;

/** Creates one object per key and keeps the most recently used. */
export function memoizeByLocale<T extends object>(create: (locale: string) => T): (locale: string) => T {
  const cache = new LRUCache<string, T>({ max: MAX_CACHED });
  return (locale) => {
    const cached = cache.get(locale) ?? create(locale);
    cache.set(locale, cached);
    return cached;
  };
}

/** Returns the tag and its more general ones, in canonical form: `de-AT`, `de`. An invalid tag has none. */
export const lookupChain = memoizeByLocale((tag: string): readonly string[] => {
  const chain: string[] = [];
  let rest = canonicalLocale(tag) ?? '';
  while (rest !== '') {
    chain.push(rest);
    // RFC 4647, section 3.4: a singleton such as `x` goes with what follows it.
    rest = rest.replace(/(-[a-z0-9])?-[a-z0-9]+$|^[a-z0-9]+$/i, '');
  }
  return chain;
});

/** Returns undefined if the tag is invalid. */
export function canonicalLocale(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

export const languageOf = (tag: string): string => lookupChain(tag).at(-1) ?? '';

/** Returns true if `Intl` knows the language. For others it would use the language of the machine. */
export const isKnownLocale = (tag: string): boolean => Intl.ListFormat.supportedLocalesOf(tag).length > 0;

/** `Intl` puts a comma before "and" for a plain `en`, unlike rule 9. */
export const formatLocale = (tag: string): string =>
  tag === 'en' || !isKnownLocale(tag) ? BUILT_IN_LOCALE : tag;
