/**
 * The text of an action without a handler's text (rule 9), in one language from beginning to end:
 *
 * 1. the sentence that `messages` has for the verb in the reader's language, or in a more general one
 *    (`de-AT`, `de`)
 * 2. for readers of English the built-in sentence
 * 3. the sentence in the default language
 * 4. the built-in sentence
 */
import type { SentenceParts, Sentences } from '../ports/sentences.ts';
import type { Message, Settings } from '../settings.ts';
import { BUILT_IN_LOCALE, canonicalLocale, languageOf, lookupChain } from './languages.ts';
import { listText, nameOf } from './lists.ts';

/** How to word the texts of a verb for a reader. */
interface Wording {
  /** The language of the whole text, with the reader's region. */
  locale: string;
  /** `null`: the built-in sentence. */
  message: Message | null;
}

const isEnglish = (locale: string): boolean => languageOf(locale) === 'en';

type SentenceSettings = Pick<Settings, 'locale' | 'messages' | 'userType'>;

export class SettingsSentences implements Sentences {
  readonly #settings: SentenceSettings;

  constructor(settings: SentenceSettings) {
    this.#settings = settings;
  }

  get defaultLocale(): string {
    return this.#settings.locale;
  }

  localeOf(verb: string, locale: string): string {
    return this.#wordingOf(verb, locale).locale;
  }

  text(action: SentenceParts, requested: string): string {
    const { userType } = this.#settings;
    const { locale, message } = this.#wordingOf(action.verb, requested);
    const list = (objects: SentenceParts['targets']): string =>
      listText(
        objects.map((object) => nameOf(object, userType)),
        locale,
      );
    const { verb, targets, related, count } = action;
    const words = {
      actor: action.actor === null ? '' : nameOf(action.actor, userType),
      verb,
      targets: list(targets),
      related: list(related),
    };
    const counts = {
      count,
      actorCount: action.actor === null ? 0 : 1,
      targetCount: targets.length,
      relatedCount: related.length,
    };
    return message ? message.format({ ...words, ...counts }) : builtInText(words, counts);
  }

  #wordingOf(verb: string, requested: string): Wording {
    const { locale: defaultLocale } = this.#settings;
    const locale = canonicalLocale(requested) ?? defaultLocale;
    const message = this.#messageOf(verb, locale);
    if (message || isEnglish(locale)) return { locale, message };
    const byDefault = this.#messageOf(verb, defaultLocale);
    if (byDefault || isEnglish(defaultLocale)) return { locale: defaultLocale, message: byDefault };
    return { locale: BUILT_IN_LOCALE, message: null };
  }

  #messageOf(verb: string, locale: string): Message | null {
    const { messages } = this.#settings;
    if (messages.size === 0) return null;
    for (const tag of lookupChain(locale)) {
      const message = messages.get(tag)?.get(verb);
      if (message) return message;
    }
    return null;
  }
}

/** Returns `{actor} {verb} {targets} in {related}`, or without an actor `{targets} was|were {verb} in {related}`. */
function builtInText(
  { actor, verb, targets, related }: { actor: string; verb: string; targets: string; related: string },
  {
    actorCount,
    targetCount,
    relatedCount,
  }: { actorCount: number; targetCount: number; relatedCount: number },
): string {
  const parts: string[] = [];
  if (actorCount > 0) parts.push(actor, verb);
  if (targetCount > 0) parts.push(targets);
  if (actorCount === 0) parts.push(...(targetCount > 0 ? [targetCount > 1 ? 'were' : 'was'] : []), verb);
  if (relatedCount > 0) parts.push('in', related);
  return parts.join(' ');
}
