/** Marks the rest of a long feed, without reading its items. */
import { withFeedWrite } from '../../consistency/feed-write.ts';
import { earlier, type Position } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import type { MarkSelection } from '../../ports/feeds.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import { markBounds } from './mark-bounds.ts';

/**
 * Marks all selected items in a few writes, in order of their positions. Ends when none is left, because another change
 * may move an item past the position of a write. Clients get a reset.
 */
export async function markRest(
  deps: FeedDeps,
  { space, stores }: SpaceContext,
  selection: MarkSelection,
): Promise<{ changed: number; lastPosition?: Position }> {
  const { user } = selection;
  const { feeds } = stores;
  const reset = (position: Position) => deps.bus.publish(space, { kind: 'reset', user, position });
  const result: { changed: number; lastPosition?: Position } = { changed: 0 };
  for (;;) {
    const boundary = await feeds.markBoundary(selection, markBounds.perWrite);
    if (boundary === null) return result;
    const { written, position } = await withFeedWrite(deps, space, [user], {
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
    result.changed += written;
    result.lastPosition = position;
  }
}
