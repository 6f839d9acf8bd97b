/**
 * Fan-out: writes items for stored actions into the feeds of all users whose trackers match (decision 5).
 *
 * A small audience is served inline, while the partition waits. A large one gets a job of its own (task.ts).
 * Fan-out is idempotent.
 */
import { VisibleBudget } from '../handlers/visible-budget.ts';
import type { LoggedAction, TrackerMatch } from '../model/entities.ts';
import { actionKeys } from '../model/keys.ts';
import type { Stores } from '../ports/stores.ts';
import { defaultBounds, type FanOutBatch, type FanOutDeps } from './batch.ts';
import { ChunkedDelivery } from './chunked-delivery.ts';
import { Matcher } from './matcher.ts';

/** The total time that inline fan-out waits for `visible`. */
const INLINE_VISIBLE_MS = 1_000;

/** Returns the trackers that may match these actions; null if there are too many to serve inline. */
export async function audienceOf(
  { bounds = defaultBounds }: FanOutDeps,
  stores: Stores,
  actions: readonly LoggedAction[],
): Promise<readonly TrackerMatch[] | null> {
  const keys = [...new Set(actions.flatMap(actionKeys))];
  if (keys.length === 0) return [];
  const maxTrackers = bounds.inline.trackers;
  const trackers = await stores.trackers.findByKeys(keys, maxTrackers + 1);
  return trackers.length > maxTrackers ? null : trackers;
}

/**
 * `tooLarge`: the audience exceeds the inline limits, and nothing was written. `timedOut`: `visible` did not
 * return in time for the missing items. In both cases a job must do the rest.
 */
export type InlineResult = 'done' | 'tooLarge' | 'timedOut';

/** Serves a small audience while the partition waits. */
export async function fanOutInline(
  deps: FanOutDeps,
  batch: FanOutBatch,
  audience: readonly TrackerMatch[] | null,
): Promise<InlineResult> {
  const stores = await deps.spaces.writer(batch.space);
  const matcher = new Matcher(batch.actions);
  const { inline } = deps.bounds ?? defaultBounds;
  if (audience === null || matcher.maxMatches(audience) > inline.items) return 'tooLarge';
  const handlers = new VisibleBudget(deps.handlers, INLINE_VISIBLE_MS);
  const delivery = new ChunkedDelivery({ ...deps, handlers }, stores, batch);
  await delivery.add(matcher.matchNotified());
  await delivery.add(matcher.match(audience));
  const undetermined = await delivery.writeAll();
  if (undetermined.length > 0 && handlers.isExhausted) return 'timedOut';
  await delivery.retryVisibility(undetermined);
  return 'done';
}
