/** Initials and a colour, shown until a person's picture is loaded, or if there is none. */
import type { DeletedRef, Ref } from '@hubbub/client';
import { safeLink } from './link.ts';
import { nameOf } from './sentence.ts';

/** The number of avatar colours. */
export const hues = 12;

/** One or two letters of a name. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const [first = name, second] = words;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join('').toLocaleUpperCase();
}

/** A number from 0 to `hues` - 1. Deterministic: the same text always has the same hue. */
export function hueOf(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 999_983;
  return (sum >> 3) % hues;
}

export interface Avatar {
  initials: string;
  /** Degrees. */
  hue: number;
  /** The URL of the picture, if there is a safe one. */
  picture: string | undefined;
}

/** The avatar of an object. */
export function avatarOf(subject: Ref | DeletedRef | null | undefined): Avatar {
  if (!subject) return { initials: '', hue: 0, picture: undefined };
  const hue = (hueOf(`${subject.type}:${subject.id}`) * 360) / hues;
  const picture = 'deleted' in subject ? undefined : safeLink(subject.image);
  return { initials: initials(nameOf(subject)), hue, picture };
}
