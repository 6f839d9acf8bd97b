import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../../config/settings.ts';
import { SettingsSentences } from '../../../../core/rendering/sentences.ts';
import { defaultSettings } from '../../../../core/settings.ts';
import type { DeletedRef, Ref } from '../../../../protocol/entities.ts';

const named = (...names: string[]): Ref[] => names.map((name) => ({ type: 'issue', id: `id-${name}`, name }));
const ada: Ref = { type: 'user', id: 'ada', name: 'Ada' };
interface Parts {
  actor?: Ref | null;
  verb?: string;
  targets?: Ref[];
  related?: Ref[];
  count?: number;
}
const builtIn = new SettingsSentences(defaultSettings);
const textAndLocale = (parts: Parts, locale: string, sentences: SettingsSentences) =>
  sentences.text({ actor: ada, verb: 'closed', targets: [], related: [], count: 1, ...parts }, locale);
const text = (parts: Parts, locale = 'en', sentences = builtIn): string =>
  textAndLocale(parts, locale, sentences).text;
const sentencesOf = (definition: object) => new SettingsSentences(readSettings(definition));

describe('the default text', () => {
  it('says who did what to what, and in what', () => {
    expect(text({ targets: named('Fix login'), related: named('Website') })).toBe(
      'Ada closed Fix login in Website',
    );
  });

  it('writes out up to three and counts the rest from four on', () => {
    expect(text({ targets: named('a') })).toBe('Ada closed a');
    expect(text({ targets: named('a', 'b') })).toBe('Ada closed a and b');
    expect(text({ targets: named('a', 'b', 'c') })).toBe('Ada closed a, b and c');
    expect(text({ targets: named('a', 'b', 'c', 'd') })).toBe('Ada closed a, b and 2 others');
    expect(text({ related: named('a', 'b', 'c', 'd', 'e') })).toBe('Ada closed in a, b and 3 others');
  });

  it('uses “was” or “were” without an actor', () => {
    expect(text({ actor: null, targets: named('a') })).toBe('a was closed');
    expect(text({ actor: null, targets: named('a', 'b') })).toBe('a and b were closed');
    expect(text({ actor: null, targets: named('a'), related: named('b') })).toBe('a was closed in b');
  });

  it('omits missing parts', () => {
    expect(text({})).toBe('Ada closed');
    expect(text({ actor: null })).toBe('closed');
    expect(text({ actor: null, related: named('a') })).toBe('closed in a');
  });

  it('shows the type and id of objects without a name, and the id of users', () => {
    expect(text({ actor: { type: 'user', id: 'bob' }, targets: [{ type: 'issue', id: '7' }] })).toBe(
      'bob closed issue 7',
    );
  });

  it('shows the description of deleted objects', () => {
    const gone: DeletedRef = {
      ...{ type: 'issue', id: '7', name: 'Fix login' },
      ...{ deleted: true, description: 'Fix login (2019)', serialization: null },
    };
    expect(text({ actor: gone, targets: [gone], related: [gone] })).toBe(
      'Fix login (2019) closed Fix login (2019) in Fix login (2019)',
    );
  });

  it('joins lists as the reader’s English does', () => {
    const textIn = (locale: string) => text({ targets: named('a', 'b', 'c') }, locale);
    expect(textIn('en-US')).toBe('Ada closed a, b, and c');
    expect(['en', 'en-GB', 'en-AU'].map(textIn)).toEqual(Array(3).fill('Ada closed a, b and c'));
  });

  it('is English as a whole for readers of other languages', () => {
    for (const locale of ['de', 'fr-CA', 'ar', 'ja', 'tlh', 'not a tag', '']) {
      expect(text({ targets: named('a', 'b', 'c', 'd') }, locale)).toBe('Ada closed a, b and 2 others');
    }
  });

  it('contains every listed name unchanged, whatever characters it has', () => {
    const names = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, names, (targets, related) => {
        const [first, second = '', third = ''] = targets;
        const list = [
          first,
          `${first} and ${second}`,
          `${first}, ${second} and ${third}`,
          `${first}, ${second} and ${targets.length - 2} others`,
        ][Math.min(targets.length, 4) - 1];
        const rendered = text({ targets: named(...targets), related: named(...related) });
        expect(rendered.startsWith(`Ada closed ${list} in ${related[0]}`)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a sentence of the configuration', () => {
  const messages = {
    de: {
      closed:
        '{actorCount, plural, =0 {{targets} wurde geschlossen} other {{actor} hat {targets} geschlossen}}{relatedCount, plural, =0 {} other { ({related})}}',
      opened: '{actor} öffnete {targetCount, plural, one {einen Vorgang} other {# Vorgänge}}, {count}-mal',
    },
    'de-AT': { opened: '{actor} machte {targets} auf' },
    pl: { closed: '{actor} zamyka {targets}' },
    sv: { closed: '{actor} stängde {targets}' },
    en: { opened: '{actor} opened {targets} at last' },
  };
  const sentences = sentencesOf({ messages });

  it('has the language’s lists, and may leave out what is missing', () => {
    const four = named('a', 'b', 'c', 'd');
    expect(text({ targets: four }, 'de', sentences)).toBe('Ada hat a, b und 2 weitere geschlossen');
    expect(text({ targets: named('a'), related: named('b') }, 'de', sentences)).toBe(
      'Ada hat a geschlossen (b)',
    );
    expect(text({ actor: null, targets: named('a') }, 'de', sentences)).toBe('a wurde geschlossen');
    expect(text({ targets: four }, 'pl', sentences)).toBe('Ada zamyka a, b i 2 inne');
    expect(text({ targets: [...four, ...named('e', 'f', 'g')] }, 'pl', sentences)).toBe(
      'Ada zamyka a, b i 5 innych',
    );
    expect(text({ verb: 'opened', targets: four, count: 2 }, 'de', sentences)).toBe(
      'Ada öffnete 4 Vorgänge, 2-mal',
    );
  });

  it('counts in a language without words for others', () => {
    expect(text({ targets: named('a', 'b', 'c', 'd') }, 'sv', sentences)).toBe('Ada stängde a, b och +2');
  });

  it('is the most specific one that the language has', () => {
    expect(text({ verb: 'opened', targets: named('a') }, 'de-AT', sentences)).toBe('Ada machte a auf');
    expect(text({ targets: named('a') }, 'de-at', sentences)).toBe('Ada hat a geschlossen');
    expect(text({ verb: 'opened', targets: named('a') }, 'en-US', sentences)).toBe('Ada opened a at last');
  });

  it('does not translate half a sentence', () => {
    const merged = { verb: 'merged', targets: named('a', 'b', 'c') };
    expect(text(merged, 'de', sentences)).toBe('Ada merged a, b and c');
    expect(textAndLocale(merged, 'de', sentences).locale).toBe('en');
    expect(textAndLocale({}, 'de-AT', sentences).locale).toBe('de');
  });

  it('is whole in one language, whichever verbs the reader’s language has', () => {
    const words: Readonly<Record<string, [and: string, others: (count: number) => string]>> = {
      en: [' and ', (count) => `${count} others`],
      de: [' und ', (count) => `${count} weitere`],
      pl: [' i ', (count) => `${count} ${[2, 3, 4].includes(count) ? 'inne' : 'innych'}`],
      ja: ['、', (count) => `他${count}件`],
    };
    const verbs: Readonly<Record<string, string[]>> = { de: ['a', 'b'], pl: ['b', 'c'], ja: ['c', 'd'] };
    const messages = Object.fromEntries(
      Object.entries(verbs).map(([tag, known]) => [
        tag,
        Object.fromEntries(known.map((verb) => [verb, `${tag}: {targets}`])),
      ]),
    );
    const input = {
      locale: fc.constantFrom('en', 'de', 'de-AT', 'pl', 'ja', 'fr', 'ar-EG', 'zh-TW', 'tlh', ''),
      fallback: fc.constantFrom('en', 'de', 'ja', 'it'),
      verb: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      names: fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 9 }),
    };
    fc.assert(
      fc.property(fc.record(input), ({ locale, fallback, verb, names }) => {
        const has = (tag: string) => verbs[tag]?.includes(verb) ?? false;
        const reader = locale.slice(0, 2);
        const spoken = [reader, fallback].find((tag) => tag === 'en' || has(tag)) ?? 'en';
        const [and, others] = words[spoken] ?? [' and ', String];
        const listed = names.length > 3 ? [...names.slice(0, 2), others(names.length - 2)] : names;
        const head = listed.slice(0, -1).join(spoken === 'ja' ? '、' : ', ');
        const list = [...(head ? [head] : []), listed.at(-1)].join(and);
        const partial = sentencesOf({ messages, locale: fallback });
        const rendered = textAndLocale({ verb, targets: named(...names) }, locale, partial);
        expect(rendered.text).toBe(has(spoken) ? `${spoken}: ${list}` : `Ada ${verb} ${list}`);
        expect(rendered.locale.slice(0, 2)).toBe(spoken);
      }),
      { numRuns: 1_000 },
    );
  });

  it('has the digits and the script of its language throughout', () => {
    const five = named('a', 'b', 'c', 'd', 'e');
    const messages = {
      fa: { closed: '{targetCount, number}: {targets}' },
      zh: { closed: '{actor}关闭了{targets}' },
      'zh-TW': { opened: '{actor}開啟了{targets}' },
    };
    const sentences = sentencesOf({ messages });
    expect(text({ targets: five }, 'fa', sentences)).toBe('۵: a،‏ b، و +۳');
    // In Taiwan, traditional characters are usual, but this sentence is in simplified ones.
    expect(textAndLocale({ targets: five }, 'zh-TW', sentences)).toEqual({
      text: 'Ada关闭了a、b和其他 3 项',
      locale: 'zh',
    });
    expect(text({ verb: 'opened', targets: five }, 'zh-TW', sentences)).toBe('Ada開啟了a、b和其他 3 項');
  });

  it('is in the default language if the reader’s has none', () => {
    const german = sentencesOf({ locale: 'de', messages });
    expect(text({ targets: named('a', 'b') }, 'fr', german)).toBe('Ada hat a und b geschlossen');
    expect(text({ targets: named('a', 'b') }, 'en', german)).toBe('Ada closed a and b');
    // Neither has a sentence, so the built-in one remains, and it is English.
    expect(text({ verb: 'merged', targets: named('a', 'b') }, 'de', german)).toBe('Ada merged a and b');
    expect(german.defaultLocale).toBe('de');
  });

  it('does not interpret names as ICU MessageFormat or HTML', () => {
    const hostile = [
      '{actor}',
      '{count, plural, other {#}}',
      '#',
      "'{",
      "''",
      '}}',
      '<b>{targets}</b>',
      '<img src=x onerror=alert(1)>',
      '$& $1 %s',
      '__proto__',
      '[object Object]',
    ];
    const names = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(...hostile));
    fc.assert(
      fc.property(names, names, (actor, target) => {
        const [who] = named(actor);
        const parts = { actor: who ?? null, targets: named(target) };
        expect(text(parts, 'de', sentences)).toBe(`${actor} hat ${target} geschlossen`);
      }),
    );
  });
});
