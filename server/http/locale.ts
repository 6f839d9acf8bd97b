/** Parses the client's preferred language (RFC 9110, `Accept-Language`). */

/** Maximum of characters and of languages that are parsed. Browsers send a handful. */
const MAX_HEADER_LENGTH = 1_000;
const MAX_LANGUAGES = 20;

/** `de-AT;q=0.8` */
const language = /^([a-z]{2,8}(?:-[a-z0-9]{1,8}){0,7})(?:\s*;\s*q=([01](?:\.\d{0,3})?))?$/i;

/** Returns the most preferred language tag in canonical form, or `null` if there is none. Skips malformed entries. */
export function preferredLocale(header: string | undefined): string | null {
  if (header === undefined) return null;
  let best: { tag: string; weight: number } | null = null;
  for (const part of header.slice(0, MAX_HEADER_LENGTH).split(',', MAX_LANGUAGES)) {
    const [, tag, weight = '1'] = language.exec(part.trim()) ?? [];
    if (tag === undefined || Number(weight) <= (best?.weight ?? 0)) continue;
    const canonical = canonicalTag(tag);
    if (canonical !== null) best = { tag: canonical, weight: Number(weight) };
  }
  return best?.tag ?? null;
}

function canonicalTag(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
