/** Redis runs one script at a time: many large batches would only queue there and delay the small commands of this gateway. */
import { STEP_SIZE } from '../../core/actions/accept.ts';
import type { ActionQueue } from '../../core/ports/queue.ts';
import { Slots } from './slots.ts';

/** `Admission` already bounds the calls that wait. */
const unbounded = { waiting: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const bounds = { space: { active: 1, ...unbounded }, all: { active: 2, ...unbounded } };
const slotRequest = () => ({ bytes: 0, signal: new AbortController().signal });

export function limitLargeBatches(queue: ActionQueue): ActionQueue {
  const spaces = new Slots<string>(bounds.space);
  const all = new Slots<'all'>(bounds.all);
  return {
    async accept(batch) {
      if (batch.actions.length <= STEP_SIZE) return await queue.accept(batch);
      const releaseSpace = await spaces.enter(batch.space, slotRequest());
      const release = await all.enter('all', slotRequest());
      try {
        return await queue.accept(batch);
      } finally {
        release();
        releaseSpace();
      }
    },
    checkCapacity: (...more) => queue.checkCapacity(...more),
    isKeyUsed: (...key) => queue.isKeyUsed(...key),
    pending: (space, ids) => queue.pending(space, ids),
    deadLettered: (space, ids) => queue.deadLettered(space, ids),
    unmarkDeadLettered: (space, ids) => queue.unmarkDeadLettered(space, ids),
  };
}
