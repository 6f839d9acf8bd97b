/** A person's picture; their initials in a colour of their own until it is there, or where there is none. */
import type { Ref } from '@hubbub/client';
import { make, safeLink } from './dom.ts';

const hues = 12;

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

function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const [first = name, second] = words;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join('').toLocaleUpperCase();
}

function hueOf(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 999_983;
  return (sum >> 3) % hues;
}
