/** The language of the inboxes and of the hub's texts. Stores the choice. */
import type { HubbubInbox } from '@hubbub/inbox';
import { byId } from './dom.ts';

const languages: Readonly<Record<string, string>> = {
  en: 'English',
  de: 'Deutsch',
  ja: '日本語',
  ar: 'العربية',
};
const key = 'hubbub-language';

export const chosenLanguage = (): string => {
  const stored = localStorage.getItem(key) ?? 'en';
  return Object.hasOwn(languages, stored) ? stored : 'en';
};

/** Changing the language reloads the page, because it applies to whole connections. */
export function startLanguageSwitch(inboxes: readonly HubbubInbox[]): void {
  const language = chosenLanguage();
  for (const inbox of inboxes) inbox.locale = language;
  const select = byId('language', HTMLSelectElement);
  for (const [tag, name] of Object.entries(languages)) {
    const option = new Option(name, tag, false, tag === language);
    option.lang = tag;
    select.append(option);
  }
  select.addEventListener('change', () => {
    localStorage.setItem(key, select.value);
    location.reload();
  });
}
