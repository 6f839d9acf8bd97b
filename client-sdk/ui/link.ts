/** Where a click leads. */
import type { Action } from '../../protocol/entities.ts';

/**
 * An address that may be linked to or shown as a picture: `http`, `https`, or relative to the page. Others, such as
 * `javascript:`, are none.
 */
export function safeLink(address: string | undefined): string | undefined {
  if (!address) return undefined;
  const base = 'https://relative.invalid';
  if (!URL.canParse(address, base)) return undefined;
  const { protocol } = new URL(address, base);
  return protocol === 'http:' || protocol === 'https:' ? address : undefined;
}

/** Where an action as a whole leads: the first safe address of its targets, related, actor. What was deleted has none. */
export function linkOf({ targets, related, actor }: Action): string | undefined {
  for (const ref of [...targets, ...related, actor]) {
    const link = ref && !('deleted' in ref) ? safeLink(ref.url) : undefined;
    if (link !== undefined) return link;
  }
  return undefined;
}
