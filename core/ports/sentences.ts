import type { StoredAction } from '../model/entities.ts';

/** Writes the texts of actions for which no handler writes one (rule 9). */
export interface Sentences {
  /** The language of readers who name none. */
  readonly defaultLocale: string;
  /** Returns the text for readers of a locale. */
  text(action: SentenceParts, locale: string): Text;
}

/** What stands next to a text must be in the same language. */
export interface Text {
  text: string;
  /** A BCP 47 tag. */
  locale: string;
}

export type SentenceParts = Pick<StoredAction, 'actor' | 'verb' | 'targets' | 'related' | 'count'>;
