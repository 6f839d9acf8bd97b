/**
 * The text of an action without a handler's text (rule 9), in one language from beginning to end:
 *
 * 1. the sentence that `messages` has for the verb in the reader's language, or in a more general one
 *    (`de-AT`, `de`)
 * 2. for readers of English the built-in sentence
 * 3. the sentence in the default language
 * 4. the built-in sentence
 */
import type { SentenceParts, Sentences, Text } from '../ports/sentences.ts';
import type { Message, Settings } from '../settings.ts';
import { BUILT_IN_LOCALE, languageOf, lookupChain } from './languages.ts';
import { listText, nameOf } from './lists.ts';

/** How to word the texts of a verb for a reader. */
interface Wording {
  /**
   * The language of the whole text: that of the sentence, without the reader's region. A Chinese sentence in simplified
   * characters needs lists in simplified characters, for readers in Taiwan too.
   */
  locale: string;
  /** `null`: the built-in sentence. */
  message: Message | null;
}

type SentenceSettings = Pick<Settings, 'locale' | 'messages' | 'userType'>;

export class SettingsSentences implements Sentences {
  readonly #settings: SentenceSettings;

  constructor(settings: SentenceSettings) {
    this.#settings = settings;
  }

  get defaultLocale(): string {
    return this.#settings.locale;
  }

  text(action: SentenceParts, requested: string): Text {
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
    return { text: message ? message.format({ ...words, ...counts }) : builtInText(words, counts), locale };
  }

  #wordingOf(verb: string, requested: string): Wording {
    const { locale: defaultLocale } = this.#settings;
    return (
      this.#wordingIn(verb, requested) ??
      this.#wordingIn(verb, defaultLocale) ?? { locale: BUILT_IN_LOCALE, message: null }
    );
  }

  /** Returns null if there is no sentence in this language, not even the built-in one. */
  #wordingIn(verb: string, requested: string): Wording | null {
    const tags = lookupChain(requested);
    for (const locale of tags) {
      const message = this.#settings.messages.get(locale)?.get(verb);
      if (message) return { locale, message };
    }
    const [locale] = tags;
    return locale !== undefined && languageOf(locale) === 'en' ? { locale, message: null } : null;
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
