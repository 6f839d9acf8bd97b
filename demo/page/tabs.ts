/** Where there is little room the stage's parts stand behind tabs; else all of them are there, and there are no tabs. */
import { byId, within } from './dom.ts';

const ids = ['board', 'first', 'second'] as const;
type Part = (typeof ids)[number];

export class Tabs {
  readonly #list = byId('tabs', HTMLElement);
  readonly #narrow = matchMedia('(max-width: 61.99rem)');
  #chosen: Part = 'board';

  constructor() {
    for (const id of ids) {
      this.#tab(id).addEventListener('click', () => this.#choose(id));
    }
    this.#list.addEventListener('keydown', (event) => this.#pressed(event));
    this.#narrow.addEventListener('change', () => this.#show());
    this.#show();
  }

  /** What the tab of a person says. `unread` as on a badge, empty for none. */
  name(part: Part, name: string, unread: string): void {
    const tab = this.#tab(part);
    within(tab, '.tab-name', HTMLElement).textContent = name;
    const badge = within(tab, '.badge', HTMLElement);
    badge.hidden = unread === '';
    badge.textContent = unread;
    tab.setAttribute('aria-label', unread === '' ? name : `${name}, ${unread} unread`);
  }

  #tab(id: Part): HTMLButtonElement {
    return byId(`tab-${id}`, HTMLButtonElement);
  }

  #choose(id: Part): void {
    this.#chosen = id;
    this.#show();
  }

  #pressed(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = ids[(ids.indexOf(this.#chosen) + step + ids.length) % ids.length];
    if (!next) return;
    this.#choose(next);
    this.#tab(next).focus();
  }

  #show(): void {
    const narrow = this.#narrow.matches;
    this.#list.hidden = !narrow;
    for (const id of ids) {
      const chosen = id === this.#chosen;
      const tab = this.#tab(id);
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const part = byId(id, HTMLElement);
      part.hidden = narrow && !chosen;
      if (narrow) part.setAttribute('role', 'tabpanel');
      else part.removeAttribute('role');
    }
  }
}
