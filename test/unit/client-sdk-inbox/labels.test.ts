import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { english, labelsWith } from '../../../client-sdk/inbox/engine/english.ts';
import {
  addLabels,
  directionOf,
  labelLanguage,
  labelsFor,
  loadLabels,
  subscribeToLabels,
} from '../../../client-sdk/inbox/engine/languages.ts';
import { type Forms, labelsOf, type Pack } from '../../../client-sdk/inbox/engine/pack.ts';

const folder = new URL('../../../client-sdk/inbox/engine/packs/', import.meta.url);
const packs = await Promise.all(
  (await readdir(folder)).map(async (file): Promise<[string, Pack]> => {
    const module: { pack: Pack } = await import(new URL(file, folder).href);
    return [file.replace('.ts', ''), module.pack];
  }),
);
const englishPack = new Map(packs).get('en');

it('there are labels of twelve languages', () => {
  expect(packs.map(([language]) => language).sort()).toEqual(
    ['ar', 'de', 'en', 'es', 'fr', 'it', 'ja', 'ko', 'nl', 'pl', 'pt', 'zh'].sort(),
  );
});

describe.each(packs)('the labels of %s', (language, pack) => {
  const labels = labelsOf(language, pack);
  const counted = { open: pack.open, count: pack.count, arrived: pack.arrived };

  it('are complete', () => {
    expect(Object.keys(pack.words)).toEqual(Object.keys(englishPack?.words ?? {}));
    expect(Object.keys(labels).sort()).toEqual(Object.keys(english).sort());
    for (const word of Object.values(pack.words)) expect(word.trim()).not.toBe('');
  });

  it('are in the language', () => {
    if (language === 'en') return;
    // French says "Notifications" as well, and Spanish "Error".
    const shared: Readonly<Record<string, string[]>> = { fr: ['title'], es: ['error'] };
    const same = Object.entries(pack.words).filter(([name, word]) => word === Reflect.get(english, name));
    expect(same.map(([name]) => name)).toEqual(shared[language] ?? []);
  });

  it.each(Object.entries(counted))('have a form for each plural category: %s', (name, forms: Forms) => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    expect(Object.keys(forms).sort()).toEqual([...pluralCategories].sort());
    for (const form of Object.values(forms)) {
      expect(form.split('#')).toHaveLength(2);
      expect(form.split('@')).toHaveLength(name === 'arrived' ? 2 : 1);
    }
  });

  it('contain the number and the text as they are', () => {
    for (const number of [2, 3, 5, 11, 21, 22, 100, 999]) {
      expect(labels.count(number)).toContain(String(number));
      expect(labels.open(String(number))).toContain(String(number));
      expect(labels.arrived(number, 'Ada did # $& @')).toContain('Ada did # $& @');
    }
    expect(labels.open('999+')).toContain('999+');
    expect(labels.open(null)).toBe(labels.title);
    expect(labels.arrived(1, 'Ada did it')).toBe('Ada did it');
  });
});

const missing = (): never => {
  throw new Error('there are no such labels');
};

it('plurals follow the rules of the language', () => {
  const labels = (language: string) => labelsOf(language, new Map(packs).get(language) ?? missing());
  expect([1, 2, 5, 22, 25].map((number) => labels('pl').count(number))).toEqual([
    '1 działanie',
    '2 działania',
    '5 działań',
    '22 działania',
    '25 działań',
  ]);
  expect([3, 11, 100].map((number) => labels('ar').count(number))).toEqual([
    '3 إجراءات',
    '11 إجراءً',
    '100 إجراء',
  ]);
});

describe('the labels for a locale', () => {
  it('are those of the most specific language that has some', () => {
    const tags = ['de-AT', 'PT-br', 'zh-Hant-TW', 'ar-EG', 'sv', 'en-US', 'not a tag', '', undefined];
    expect(tags.map(labelLanguage)).toEqual(['de', 'pt', 'zh', 'ar', 'en', 'en', 'en', 'en', 'en']);
  });

  it('are English until they are loaded, and load once', async () => {
    expect(labelsFor('it-CH')).toBe(english);
    const loading = loadLabels('it-CH');
    expect(loadLabels('it')).toBe(loading);
    await loading;
    expect(labelsFor('it-CH').title).toBe('Notifiche');
    expect(loadLabels('it')).toBeUndefined();
    expect(loadLabels('en')).toBeUndefined();
    expect(loadLabels('sv')).toBeUndefined();
  });

  it('may be the application’s, for another language or instead of the inbox’s', async () => {
    addLabels('fi', { ...english, title: 'Ilmoitukset' });
    expect(labelsFor('fi-FI').title).toBe('Ilmoitukset');
    const loading = loadLabels('nl');
    addLabels('nl', { ...english, title: 'Berichten' });
    await loading;
    expect(labelsFor('nl').title).toBe('Berichten');
  });

  it('are announced to inboxes when they are loaded, added or replaced', async () => {
    const seen: string[] = [];
    const unsubscribe = subscribeToLabels(() => seen.push(labelsFor('es').title, labelsFor('sv').title));
    await loadLabels('es');
    addLabels('sv', { ...english, title: 'Aviseringar' });
    unsubscribe();
    addLabels('sv', english);
    expect(seen).toEqual(['Notificaciones', 'Notifications', 'Notificaciones', 'Aviseringar']);
  });

  it('may be overridden one by one', async () => {
    await loadLabels('de');
    const labels = labelsWith({ title: 'Neues', close: undefined }, labelsFor('de'));
    expect([labels.title, labels.close]).toEqual(['Neues', 'Schließen']);
  });

  it('go from right to left in Arabic', () => {
    expect(['ar', 'ar-EG', 'de', undefined].map(directionOf)).toEqual(['rtl', 'rtl', undefined, undefined]);
  });
});
