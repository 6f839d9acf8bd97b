/** The targets of links. */
import type { Action } from '@hubbub/client';

/**
 * Returns the URL if it is safe for a link or a picture: `http`, `https`, or relative to the page. Returns `undefined`
 * for others, such as `javascript:`.
 */
export function safeLink(address: string | undefined): string | undefined {
  if (!address) return undefined;
  const base = 'https://relative.invalid';
  if (!URL.canParse(address, base)) return undefined;
  const { protocol } = new URL(address, base);
  return protocol === 'http:' || protocol === 'https:' ? address : undefined;
}

/**
 * The link of an action as a whole: its own URL, or else the first safe one of its targets, related, actor. Deleted objects have
 * none.
 */
export function linkOf({ url, targets, related, actor }: Action): string | undefined {
  const own = safeLink(url ?? undefined);
  if (own !== undefined) return own;
  for (const ref of [...targets, ...related, actor]) {
    const link = ref && !('deleted' in ref) ? safeLink(ref.url) : undefined;
    if (link !== undefined) return link;
  }
  return undefined;
}
