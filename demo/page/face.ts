/** A person's initials, in a colour of their own. */
import { hueOf, initials } from '../../client-sdk/ui/face.ts';
import { make } from './dom.ts';

export interface Faced {
  id: string;
  name?: string;
}

/** The same colour as in the inbox. */
export function showFace(element: HTMLElement, { id, name = id }: Faced): void {
  element.dataset.hue = String(hueOf(`user:${id}`));
  element.textContent = initials(name);
}

export function face(person: Faced): HTMLElement {
  const element = make('span', { class: 'face', 'aria-hidden': 'true' });
  showFace(element, person);
  return element;
}
