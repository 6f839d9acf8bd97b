/**
 * The labels of languages. English is there at once. A bundler puts every other language into a file of its own, which
 * loads when an inbox needs it. A script file has them all.
 */
import { english } from './english.ts';
import type { Labels } from './labels.ts';
import { validLocale } from './locale.ts';
import { labelsOf, type Pack } from './pack.ts';

const packs: Readonly<Record<string, () => Promise<{ pack: Pack }>>> = {
  ar: () => import('./packs/ar.ts'),
  de: () => import('./packs/de.ts'),
  es: () => import('./packs/es.ts'),
  fr: () => import('./packs/fr.ts'),
  it: () => import('./packs/it.ts'),
  ja: () => import('./packs/ja.ts'),
  ko: () => import('./packs/ko.ts'),
  nl: () => import('./packs/nl.ts'),
  pl: () => import('./packs/pl.ts'),
  pt: () => import('./packs/pt.ts'),
  zh: () => import('./packs/zh.ts'),
};

const loaded = new Map<string, Labels>([['en', english]]);
/** A failed one stays, so that a page without the file does not request it at every change. */
const loading = new Map<string, Promise<void>>();
const listeners = new Set<() => void>();

/** The most specific language with labels for the locale (`de-AT`, `de`); `en` if there is none. */
export function labelLanguage(locale: string | undefined): string {
  const parts = validLocale(locale)?.split('-') ?? [];
  for (; parts.length > 0; parts.pop()) {
    const tag = parts.join('-');
    if (loaded.has(tag) || Object.hasOwn(packs, tag)) return tag;
  }
  return 'en';
}

/** Adds the labels of a language, or replaces them. Inboxes that are already rendered show them, too. */
export function addLabels(language: string, labels: Labels): void {
  loaded.set(validLocale(language) ?? language, labels);
  for (const listener of listeners) listener();
}

/** Calls the listener whenever the labels of a language are loaded, added or replaced. Returns a function that stops it. */
export function subscribeToLabels(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The labels for a locale; English until those of its language are loaded. */
export const labelsFor = (locale: string | undefined): Labels => loaded.get(labelLanguage(locale)) ?? english;

/** Loads the labels for a locale; `undefined`: they are there. If that fails, they remain English. */
export function loadLabels(locale: string | undefined): Promise<void> | undefined {
  const language = labelLanguage(locale);
  if (loaded.has(language)) return undefined;
  const before = loading.get(language);
  if (before) return before;
  const load = packs[language]?.().then(
    ({ pack }) => {
      if (!loaded.has(language)) addLabels(language, labelsOf(language, pack));
    },
    (error: unknown) => console.error(`the inbox has no labels for ${language}:`, error),
  );
  if (load) loading.set(language, load);
  return load;
}

/** `rtl` while the labels are written from right to left; `undefined`: as the page around the inbox. */
export const directionOf = (locale: string | undefined): 'rtl' | undefined =>
  labelLanguage(locale) === 'ar' ? 'rtl' : undefined;
