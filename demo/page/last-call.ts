/** Shows the page's last SDK call. */
import { callText } from './call.ts';
import { byId } from './dom.ts';

export class LastCall {
  readonly #code = byId('ran', HTMLElement);

  show(name: string, ...input: unknown[]): void {
    this.#code.textContent = callText(name, ...input);
  }
}
