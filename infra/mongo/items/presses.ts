/** Presses of buttons, one item at a time. */
import { userOfItem } from '../../../core/model/keys.ts';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import { type Items, inFeed } from './document.ts';

const itemFilter = (id: string) => ({ _id: id, user: userOfItem(id), ...inFeed });

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
    const { matchedCount } = await items.updateOne(
      { ...itemFilter(id), rev: version, 'pressed.rev': { $ne: version }, pos: { $lt: position } },
      {
        $set: {
          pressed: { button, at: new Date(at), rev: version },
          unread: false,
          seen: true,
          pos: position,
        },
        $unset: { pressing: 1 },
      },
    );
    return matchedCount === 1;
  },
});
