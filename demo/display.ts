/** Converts external data to refs and texts within the protocol's limits. */
import type { Ref } from '../protocol/entities.ts';

const maxNameLength = 255;
const maxLinkLength = 2_048;

/** Returns one line without control characters, of at most `maxLength` characters. Never splits a surrogate pair. */
export function oneLine(text: string, maxLength = maxNameLength): string {
  const clean = text
    .replace(/\p{Cc}+/gu, ' ')
    .toWellFormed()
    .trim();
  if (clean.length <= maxLength) return clean;
  const cut = clean.slice(0, maxLength - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

export interface DisplayFields {
  name?: string | undefined;
  url?: string | undefined;
  image?: string | undefined;
}

/** Creates a ref with the valid display fields. */
export function refOf(type: string, id: string, display: DisplayFields = {}): Ref {
  const ref: Ref = { type, id: oneLine(id) };
  const name = display.name === undefined ? '' : oneLine(display.name);
  if (name !== '') ref.name = name;
  if (isLink(display.url)) ref.url = display.url;
  if (isLink(display.image)) ref.image = display.image;
  return ref;
}

function isLink(link: string | undefined): link is string {
  return (
    link !== undefined && link.length <= maxLinkLength && /^https?:\/\//.test(link) && URL.canParse(link)
  );
}
