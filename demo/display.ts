/** What foreign data may be shown as: refs and texts within the protocol's bounds. */
import type { Ref } from '../protocol/entities.ts';

const longestName = 255;
const longestLink = 2_048;

/** One line without control characters, at most `longest` characters, never cut inside a character. */
export function oneLine(text: string, longest = longestName): string {
  const clean = text
    .replace(/\p{Cc}+/gu, ' ')
    .toWellFormed()
    .trim();
  if (clean.length <= longest) return clean;
  const cut = clean.slice(0, longest - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

export interface Shown {
  name?: string | undefined;
  url?: string | undefined;
  image?: string | undefined;
}

/** A ref with those display fields that are usable. */
export function refOf(type: string, id: string, shown: Shown = {}): Ref {
  const ref: Ref = { type, id: oneLine(id) };
  const name = shown.name === undefined ? '' : oneLine(shown.name);
  if (name !== '') ref.name = name;
  if (isLink(shown.url)) ref.url = shown.url;
  if (isLink(shown.image)) ref.image = shown.image;
  return ref;
}

function isLink(link: string | undefined): link is string {
  return link !== undefined && link.length <= longestLink && /^https?:\/\//.test(link) && URL.canParse(link);
}
