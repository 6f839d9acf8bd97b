/** A person's initials, in the person's colour. */
import { hueOf, initials } from '@hubbub/inbox/engine';
import { createElement } from './dom.ts';

export interface AvatarSubject {
  id: string;
  name?: string;
}

/** Uses the same colour as the inbox. */
export function fillAvatar(element: HTMLElement, { id, name = id }: AvatarSubject): void {
  element.dataset.hue = String(hueOf(`user:${id}`));
  element.textContent = initials(name);
}

export function createAvatar(person: AvatarSubject): HTMLElement {
  const element = createElement('span', { class: 'avatar', 'aria-hidden': 'true' });
  fillAvatar(element, person);
  return element;
}
