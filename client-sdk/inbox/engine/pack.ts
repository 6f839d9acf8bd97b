/** The labels of one language as data, and `Labels` made of them. */
import type { Labels } from './labels.ts';

/** By plural category of the language (`Intl.PluralRules`). `#` is the number, `@` the text. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

type Counted = 'open' | 'count' | 'arrived';

export interface Pack {
  words: Omit<Labels, Counted>;
  /** "Notifications, # unread" */
  open: Forms;
  /** "# actions" */
  count: Forms;
  /** "# new. @" */
  arrived: Forms;
}

export function labelsOf(language: string, { words, open, count, arrived }: Pack): Labels {
  const rules = new Intl.PluralRules(language);
  // Replacer functions: a text may contain patterns such as `$&`.
  const fill = (forms: Forms, number: string): string =>
    (forms[rules.select(Number.parseInt(number, 10))] ?? forms.other).replace('#', () => number);
  return {
    ...words,
    open: (unread) => (unread === null ? words.title : fill(open, unread)),
    count: (number) => fill(count, String(number)),
    arrived: (number, text) => (number > 1 ? fill(arrived, String(number)).replace('@', () => text) : text),
  };
}
