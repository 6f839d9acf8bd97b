/** Presses of buttons, one item at a time. An archived or snoozed item stays where it is, and has its flags in `aside`. */
import { userOfItem } from '../../../core/model/keys.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { type Items, inFeed } from './document.ts';
import { asideFilter, inboxFilter } from './state-changes.ts';

const itemFilter = (id: string) => ({ _id: id, user: userOfItem(id), ...inFeed });

/** Where the flags of an item are. */
const readItem = [
  { where: inboxFilter, set: { unread: false, seen: true } },
  { where: asideFilter, set: { 'aside.unread': false, 'aside.seen': true } },
];

export const itemPresses = (items: Items): Pick<FeedStore, 'claimPress' | 'releasePress' | 'press'> => ({
  async claimPress({ id, token, now, until }) {
    const isFree = {
      $or: [{ pressing: null }, { 'pressing.until': { $lte: now } }, { 'pressing.token': token }],
    };
    const claim = { $set: { pressing: { token, until } } };
    return (await items.updateOne({ ...itemFilter(id), ...isFree }, claim)).matchedCount === 1;
  },

  async releasePress(id, token) {
    await items.updateOne({ ...itemFilter(id), 'pressing.token': token }, { $unset: { pressing: 1 } });
  },

  async press({ id, button, at, version }, position) {
    const isFirst = { rev: version, 'pressed.rev': { $ne: version }, pos: { $lt: position } };
    const pressed = { button, at: new Date(at), rev: version };
    // An item that leaves the inbox or returns between the two updates has a new position, so the caller retries the press.
    for (const { where, set } of readItem) {
      const { matchedCount } = await items.updateOne(
        { ...itemFilter(id), ...where, ...isFirst },
        { $set: { ...set, pressed, pos: position }, $unset: { pressing: 1 } },
      );
      if (matchedCount === 1) return true;
    }
    return false;
  },
});
