/** Asks what to delete, and what of its history. */
import { byId, make } from './dom.ts';
import type { Issue } from './project.ts';

export class DeletionDialog {
  readonly #dialog = byId('deletion', HTMLDialogElement);
  readonly #select = byId('deletion-issue', HTMLSelectElement);

  /** `decided` gets the issue's id. */
  constructor(decided: (id: string, actions: 'keep' | 'delete') => void) {
    this.#dialog.addEventListener('close', () => {
      const { returnValue } = this.#dialog;
      if (returnValue === 'keep' || returnValue === 'delete') decided(this.#select.value, returnValue);
    });
    // Beside the dialog is the dialog itself: a press there leaves it.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close('');
    });
  }

  ask(issues: readonly Issue[], chosen?: Issue): void {
    const options = [...issues].reverse().map(({ id, title }) => make('option', { value: id, text: title }));
    this.#select.replaceChildren(...options);
    if (chosen) this.#select.value = chosen.id;
    // What the last one ended with would stay where this one is left by Escape.
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
  }
}
