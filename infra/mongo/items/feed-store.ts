import type { Model } from 'mongoose';
import type { FeedStore } from '../../../core/ports/feeds.ts';
import type { ReadOptions } from '../read-options.ts';
import { feedResyncs, type UserDoc } from '../users.ts';
import { itemsOfActions } from './by-actions.ts';
import { countItems, createUserCounter } from './counts.ts';
import type { Items } from './document.ts';
import { itemMarks } from './marks.ts';
import { itemPresses } from './presses.ts';
import { itemReads } from './reads.ts';
import { itemSnoozes } from './snoozes.ts';
import { itemWrites } from './writes.ts';

export const createFeedStore = (
  items: Items,
  users: Model<UserDoc>,
  readOptions: ReadOptions,
): FeedStore => ({
  ...itemReads(items, readOptions),
  ...itemWrites(items),
  ...itemMarks(items),
  ...itemPresses(items),
  ...itemSnoozes(items),
  ...feedResyncs(users, readOptions),
  byActions: (actions, after, limit) => itemsOfActions(items, actions, after, limit),
  counts: (user) => countItems(items, user, readOptions),
  countsByUser: createUserCounter(items),
});
