/** Fills feeds with items, as the hub stores them but without actions that are logged one by one. */
import { itemId } from '../core/model/keys.ts';
import { asMillis, asPosition } from '../core/model/units.ts';
import { type ItemDoc, toDoc } from '../infra/mongo/items/document.ts';

const HOUR_MS = 3_600_000;

export interface FilledFeed {
  user: string;
  size: number;
  /** The newest items are unread and unseen; by default all. */
  unread?: number;
}

/** The id of the action of the n-th newest item. Ids increase with time, as those of the hub. */
export const filledAction = (n: number): string => `fill-${String(99_999_999 - n)}`;

/** The items from the n-th newest on, one second apart. They changed an hour ago. */
export function filledItems(
  { user, size, unread = size }: FilledFeed,
  first: number,
  count: number,
): ItemDoc[] {
  const start = Date.now() - HOUR_MS;
  const position = asPosition(start * 1_000);
  return Array.from({ length: Math.min(count, size - first) }, (_, index) => {
    const n = first + index;
    const action = filledAction(n);
    return {
      id: itemId(action, user),
      user,
      action,
      at: asMillis(start - n * 1_000),
      position,
      deliveredPosition: position,
      version: 1,
      unread: n < unread,
      seen: n >= unread,
    };
  }).map(toDoc);
}
