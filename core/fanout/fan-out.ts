/**
 * Fan-out: writes items for stored actions into the feeds of all users whose trackers match (decision 5).
 *
 * A small audience is served inline, while the partition waits. A large one gets a job of its own (task.ts).
 * Fan-out is idempotent.
 */
import type { EarlyWrite } from '../feed/write/early-write.ts';
import { VisibleBudget } from '../handlers/visible-budget.ts';
import type { TrackerMatch } from '../model/entities.ts';
import type { Invalidated } from '../ports/invalidations.ts';
import { type FanOutBatch, type FanOutDeps, inlineLimits } from './batch.ts';
import { ChunkedDelivery } from './chunked-delivery.ts';
import { Matcher } from './matcher.ts';

/** The total time that inline fan-out waits for `visible`. */
const INLINE_VISIBLE_MS = 1_000;

export interface InlineResult {
  /**
   * `tooLarge`: the audience exceeds the inline limits, and nothing was written. `timedOut`: `visible` did not
   * return in time for the missing items. In both cases a job must do the rest.
   */
  outcome: 'done' | 'tooLarge' | 'timedOut';
  /** As of the writer: what was invalidated since the read position of the batch. */
  invalidated?: Invalidated | null | undefined;
}

/** Serves a small audience while the partition waits. `early`: see `FeedWriter`. */
export async function fanOutInline(
  deps: FanOutDeps,
  batch: FanOutBatch,
  audience: readonly TrackerMatch[] | null,
  early?: EarlyWrite,
): Promise<InlineResult> {
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const { items } = inlineLimits(batch.actions.length, deps.bounds);
  if (audience === null || matcher.maxMatches(audience) > items) return { outcome: 'tooLarge' };
  const handlers = new VisibleBudget(deps.handlers, INLINE_VISIBLE_MS);
  const delivery = new ChunkedDelivery({ ...deps, handlers }, stores, batch, early);
  await delivery.add(matcher.matchNotified());
  await delivery.add(matcher.match(audience));
  const undetermined = await delivery.writeAll();
  const { invalidated } = delivery;
  if (undetermined.length > 0 && handlers.isExhausted) return { outcome: 'timedOut', invalidated };
  await delivery.retryVisibility(undetermined);
  return { outcome: 'done', invalidated };
}
