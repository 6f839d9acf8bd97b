import type { StoredAction } from '../model/entities.ts';

/** Writes the texts of actions for which no handler writes one (rule 9). */
export interface Sentences {
  /** The language of readers who name none. */
  readonly defaultLocale: string;
  /** Returns the language in which readers of `locale` get the texts of the verb: a BCP 47 tag. */
  localeOf(verb: string, locale: string): string;
  text(action: SentenceParts, locale: string): string;
}

export type SentenceParts = Pick<StoredAction, 'actor' | 'verb' | 'targets' | 'related' | 'count'>;
