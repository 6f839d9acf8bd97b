/** The switch between the system's, the light and the dark theme. Stores the choice. */
import type { HubbubInbox } from '@hubbub/inbox';
import { byId } from './dom.ts';
import { icon } from './icons.ts';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];
const icons = { auto: 'auto', light: 'sun', dark: 'moon' } as const;
const themeLabels: Record<Theme, string> = { auto: 'as the system', light: 'light', dark: 'dark' };
const key = 'hubbub-theme';

export class ThemeSwitch {
  readonly #button = byId('theme', HTMLButtonElement);
  readonly #inboxes: readonly HubbubInbox[];
  #theme: Theme = themes.find((theme) => theme === localStorage.getItem(key)) ?? 'auto';

  constructor(inboxes: readonly HubbubInbox[]) {
    this.#inboxes = inboxes;
    this.#button.addEventListener('click', () => {
      this.#theme = themes[(themes.indexOf(this.#theme) + 1) % themes.length] ?? 'auto';
      localStorage.setItem(key, this.#theme);
      this.#show();
    });
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset.theme = this.#theme;
    for (const inbox of this.#inboxes) inbox.theme = this.#theme;
    const name = `Colours: ${themeLabels[this.#theme]}`;
    this.#button.setAttribute('aria-label', name);
    this.#button.title = name;
    this.#button.replaceChildren(icon(icons[this.#theme]));
  }
}
