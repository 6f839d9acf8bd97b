import type { Counts } from '../../protocol/entities.ts';

/** Whether more is unread than the hub counts. Both counts share the flag: which of them it means, the number tells. */
export function isCapped({ unread, capped }: Counts): boolean {
  return capped && unread >= 999;
}

/** What a badge shows: `null` where nothing is unread, `999+` where more is than the hub counts. */
export function badgeOf(counts: Counts): string | null {
  if (counts.unread === 0) return null;
  return isCapped(counts) ? `${counts.unread}+` : String(counts.unread);
}
