/** Returns a language tag that `Intl` accepts, or `undefined`: a page's `lang` may be invalid. */
export function validLocale(tag: string | null | undefined): string | undefined {
  if (!tag) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}
