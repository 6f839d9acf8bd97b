/** The dialog that asks which issue to delete, and whether to delete its history. */
import { byId, createElement } from './dom.ts';
import type { Issue } from './project.ts';

export class DeletionDialog {
  readonly #dialog = byId('deletion', HTMLDialogElement);
  readonly #select = byId('deletion-issue', HTMLSelectElement);

  /** `onDecision` receives the issue's id. */
  constructor(onDecision: (id: string, actions: 'keep' | 'delete') => void) {
    this.#dialog.addEventListener('close', () => {
      const { returnValue } = this.#dialog;
      if (returnValue === 'keep' || returnValue === 'delete') onDecision(this.#select.value, returnValue);
    });
    // A click on the backdrop has the dialog itself as its target: close it.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close('');
    });
  }

  open(issues: readonly Issue[], chosen?: Issue): void {
    const options = [...issues]
      .reverse()
      .map(({ id, title }) => createElement('option', { value: id, text: title }));
    this.#select.replaceChildren(...options);
    if (chosen) this.#select.value = chosen.id;
    // Otherwise Escape would leave the previous return value.
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
  }
}
