import type { Counts } from '../../protocol/entities.ts';

/** What a badge shows: `null` where nothing is unread, `999+` where there are more than the hub counts. */
export function badgeOf({ unread, capped }: Counts): string | null {
  if (unread === 0) return null;
  // Both counts share the flag; which of them stands at the cap, only its number can tell.
  return capped && unread >= 999 ? `${unread}+` : String(unread);
}
