/** A language tag that `Intl` takes, or `undefined`: a page's `lang` may be anything. */
export function knownLocale(tag: string | null | undefined): string | undefined {
  if (!tag) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}
