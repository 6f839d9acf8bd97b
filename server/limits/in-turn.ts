/**
 * Large batches are handed to Redis a few at a time. Redis runs one script after the other, so more of them would only wait there,
 * in front of every small command of this gateway.
 */
import { STEP } from '../../core/log.ts';
import type { ActionQueue } from '../../core/ports/queue.ts';
import { Slots } from './slots.ts';

/** Those that wait are bounded where calls are admitted. */
const unbounded = { waiting: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const bounds = { space: { atWork: 1, ...unbounded }, all: { atWork: 2, ...unbounded } };
const waiting = () => ({ bytes: 0, signal: new AbortController().signal });

export function inTurn(queue: ActionQueue): ActionQueue {
  const spaces = new Slots<string>(bounds.space);
  const all = new Slots<'all'>(bounds.all);
  return {
    async accept(batch) {
      if (batch.actions.length <= STEP) return await queue.accept(batch);
      const releaseSpace = await spaces.enter(batch.space, waiting());
      const release = await all.enter('all', waiting());
      try {
        return await queue.accept(batch);
      } finally {
        release();
        releaseSpace();
      }
    },
    room: (...more) => queue.room(...more),
    knows: (...key) => queue.knows(...key),
    pending: (space, ids) => queue.pending(space, ids),
    dead: (space, ids) => queue.dead(space, ids),
    releaseDead: (space, ids) => queue.releaseDead(space, ids),
  };
}
