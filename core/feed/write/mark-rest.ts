/** Marks the rest of a long feed, without reading its items. */
import { withFeedWrite } from '../../consistency/feed-write.ts';
import { earlier, type Position } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import type { MarkSelection } from '../../ports/feeds.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import { markBounds } from './mark-bounds.ts';

/**
 * Passes over the feed. Another change may move an item past the position of a pass, so the next one finds it. Opposite marks of
 * one user would move items for ever.
 */
const MAX_PASSES = 3;

/** Marks all selected items in a few writes, in order of their positions. Clients get a reset. */
export async function markRest(
  deps: FeedDeps,
  context: SpaceContext,
  selection: MarkSelection,
): Promise<{ changed: number; lastPosition?: Position }> {
  const result: { changed: number; lastPosition?: Position } = { changed: 0 };
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    // Each write moves its items past the position of the first one.
    let { maxPosition } = selection;
    for (let isFirst = true; ; isFirst = false) {
      const boundary = await context.stores.feeds.markBoundary(
        { ...selection, maxPosition },
        markBounds.perWrite,
      );
      if (boundary === null && isFirst) return result;
      if (boundary === null) break;
      const { written, position } = await markUpTo(deps, context, selection, boundary);
      if (isFirst) maxPosition = earlier(maxPosition, position);
      result.changed += written;
      result.lastPosition = position;
    }
  }
  return result;
}

/** One write: the selected items up to a position. */
function markUpTo(
  deps: FeedDeps,
  { space, stores: { feeds } }: SpaceContext,
  selection: MarkSelection,
  boundary: Position,
): Promise<{ written: number; position: Position }> {
  const { user } = selection;
  const reset = (position: Position) => deps.bus.publish(space, { kind: 'reset', user, position });
  return withFeedWrite(deps, space, [user], {
    async write(from) {
      const marked = await feeds.mark({ ...selection, maxPosition: earlier(boundary, from) }, from);
      if (marked > 0) await reset(from);
      return marked;
    },
    async advance(from, to, marked) {
      if (marked === 0) return;
      await feeds.advancePositionOf(user, from, to);
      await reset(to);
    },
  });
}
