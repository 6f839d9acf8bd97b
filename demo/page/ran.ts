/** Shows the last call that the page made of the SDK. */
import { callText } from './call.ts';
import { byId } from './dom.ts';

export class Ran {
  readonly #code = byId('ran', HTMLElement);

  show(name: string, ...input: unknown[]): void {
    this.#code.textContent = callText(name, ...input);
  }
}
