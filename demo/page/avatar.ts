/** A person's picture; their initials in a colour of their own until it is there, or where there is none. */
import type { Ref } from '@hubbub/client';
import { hueOf, initials } from '../../client-sdk/ui/face.ts';
import { safeLink } from '../../client-sdk/ui/link.ts';
import { make } from './dom.ts';

export function avatar(ref: Ref | null): HTMLElement {
  const name = ref?.name || ref?.id || '?';
  const face = make('span', { class: 'avatar', 'aria-hidden': 'true' }, [
    make('span', { class: 'initials', text: initials(name) }),
  ]);
  face.dataset.hue = String(hueOf(ref?.id ?? name));
  const source = safeLink(ref?.image);
  if (source !== undefined) {
    const image = make('img', { alt: '', referrerpolicy: 'no-referrer', decoding: 'async' });
    // Only a picture that loaded covers the initials: without a network they stay.
    image.addEventListener('load', () => face.append(image), { once: true });
    image.src = source;
  }
  return face;
}
