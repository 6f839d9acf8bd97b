/** Parses the sentences of the configuration module, once, at start. */
import { canonicalLocale, isKnownLocale } from '../core/rendering/languages.ts';
import { MessageError, parseMessage } from '../core/rendering/message.ts';
import type { Message, Settings } from '../core/settings.ts';

export const LANGUAGE = 'must be a language tag that Node knows, such as en or de-AT';

/** `Intl` words lists and numbers. For a language that it does not know, they would be in another one. */
export function isLanguage(tag: string): boolean {
  const canonical = canonicalLocale(tag);
  return canonical !== undefined && isKnownLocale(canonical);
}

/**
 * `fail` throws. It gets the path and what is wrong there.
 * @param definitions by language and verb, with valid languages
 */
export function readMessages(
  definitions: Readonly<Record<string, Readonly<Record<string, string>>>>,
  fail: (path: string, message: string) => never,
): Settings['messages'] {
  const byLanguage = new Map<string, ReadonlyMap<string, Message>>();
  for (const [tag, sentences] of Object.entries(definitions)) {
    const language = canonicalLocale(tag) ?? tag;
    if (byLanguage.has(language)) fail(`messages.${tag}`, `is the same language as another key: ${language}`);
    const byVerb = new Map<string, Message>();
    for (const [verb, source] of Object.entries(sentences)) {
      try {
        byVerb.set(verb, parseMessage(source, language));
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        fail(`messages.${tag}[${JSON.stringify(verb)}]`, error.message);
      }
    }
    byLanguage.set(language, byVerb);
  }
  return byLanguage;
}
