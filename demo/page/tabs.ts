/** On narrow screens the board and the user panels are tabs. On wide ones all of them are visible, without tabs. */
import { byId, findIn } from './dom.ts';

const ids = ['board', 'first', 'second'] as const;
type TabId = (typeof ids)[number];

export class Tabs {
  readonly #list = byId('tabs', HTMLElement);
  readonly #narrow = matchMedia('(max-width: 61.99rem)');
  #selected: TabId = 'board';

  constructor() {
    for (const id of ids) {
      this.#tab(id).addEventListener('click', () => this.#select(id));
    }
    this.#list.addEventListener('keydown', (event) => this.#handleKeydown(event));
    this.#narrow.addEventListener('change', () => this.#show());
    this.#show();
  }

  /** Sets the label of a user's tab. `unread`: the badge's text, empty for none. */
  name(id: TabId, name: string, unread: string): void {
    const tab = this.#tab(id);
    findIn(tab, '.tab-name', HTMLElement).textContent = name;
    const badge = findIn(tab, '.badge', HTMLElement);
    badge.hidden = unread === '';
    badge.textContent = unread;
    tab.setAttribute('aria-label', unread === '' ? name : `${name}, ${unread} unread`);
  }

  #tab(id: TabId): HTMLButtonElement {
    return byId(`tab-${id}`, HTMLButtonElement);
  }

  #select(id: TabId): void {
    this.#selected = id;
    this.#show();
  }

  #handleKeydown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = ids[(ids.indexOf(this.#selected) + step + ids.length) % ids.length];
    if (!next) return;
    this.#select(next);
    this.#tab(next).focus();
  }

  #show(): void {
    const narrow = this.#narrow.matches;
    this.#list.hidden = !narrow;
    for (const id of ids) {
      const isSelected = id === this.#selected;
      const tab = this.#tab(id);
      tab.setAttribute('aria-selected', String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
      const part = byId(id, HTMLElement);
      part.hidden = narrow && !isSelected;
      if (narrow) part.setAttribute('role', 'tabpanel');
      else part.removeAttribute('role');
    }
  }
}
