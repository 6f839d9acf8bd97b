/** What stands for a person's picture until it is there, or where there is none. */

/** Colours to choose from. */
export const hues = 12;

/** One or two letters of a name. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const [first = name, second] = words;
  const letters = second === undefined ? [...first].slice(0, 2) : [[...first][0], [...second][0]];
  return letters.join('').toLocaleUpperCase();
}

/** From 0 to `hues` - 1; the same text always has the same. */
export function hueOf(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 999_983;
  return (sum >> 3) % hues;
}
