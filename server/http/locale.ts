/** What a client prefers to read (RFC 9110, `Accept-Language`). */

/** Characters that are looked at, and languages in them; browsers send a handful. */
const MOST_TEXT = 1_000;
const MOST_LANGUAGES = 20;

/** `de-AT;q=0.8` */
const language = /^([a-z]{2,8}(?:-[a-z0-9]{1,8}){0,7})(?:\s*;\s*q=([01](?:\.\d{0,3})?))?$/i;

/** The language tag preferred most, written canonically; `null` where there is none. What is malformed is skipped. */
export function preferredLocale(header: string | undefined): string | null {
  if (header === undefined) return null;
  let best: { tag: string; weight: number } | null = null;
  for (const part of header.slice(0, MOST_TEXT).split(',', MOST_LANGUAGES)) {
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
