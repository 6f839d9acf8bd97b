import type { Counts } from '@hubbub/client';

/** Whether the unread count is capped. Both counts share the flag, so the number tells which one it refers to. */
export function isCapped({ unread, capped }: Counts): boolean {
  return capped && unread >= 999;
}

/** The text of the badge: `null` if nothing is unread, `999+` if the count is capped. */
export function badgeOf(counts: Counts): string | null {
  if (counts.unread === 0) return null;
  return isCapped(counts) ? `${counts.unread}+` : String(counts.unread);
}
