/**
 * Returns snoozed items to the inbox when they are due (rule 10; decision 55). Each write checks again that the items are due, so
 * two workers may do this at the same time.
 */
import { withFeedWrite } from '../../consistency/feed-write.ts';
import type { StoredItem } from '../../model/entities.ts';
import type { Millis, Position } from '../../model/units.ts';
import type { CoreDeps, FeedDeps } from '../../ports/deps.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import { publishItems } from './publish-items.ts';

/** Items per write. */
const BATCH_SIZE = 500;

export type EndSnoozesDeps = FeedDeps & Pick<CoreDeps, 'now' | 'snoozeEnds'>;

/** Returns all due items of a space to the inbox. Then records when the next item of the space is due. */
export async function endDueSnoozes(deps: EndSnoozesDeps, space: string): Promise<void> {
  const context = { space, stores: await deps.spaces.writer(space) };
  const { feeds } = context.stores;
  for (;;) {
    const due = await feeds.dueSnoozes(deps.now(), BATCH_SIZE);
    if (due.length === 0) break;
    await endSnoozes(deps, context, due);
  }
  const next = await feeds.nextSnoozeEnd();
  if (next !== null) await deps.snoozeEnds.add(space, next);
}

async function endSnoozes(
  deps: EndSnoozesDeps,
  context: SpaceContext,
  due: readonly StoredItem[],
): Promise<void> {
  const { feeds } = context.stores;
  const ids = due.map((item) => item.id);
  const users = [...new Set(due.map((item) => item.user))];
  const publishAt = async (position: Position) => {
    const items = await feeds.byIds(ids);
    await publishItems(
      deps,
      context,
      items.filter((item) => item.position === position),
    );
  };
  // Later than the read, so that all items are still due.
  const now: Millis = deps.now();
  await withFeedWrite(deps, context.space, users, {
    async write(position) {
      if ((await feeds.endSnoozes(ids, now, position)) > 0) await publishAt(position);
    },
    async advance(from, to) {
      await feeds.advancePosition(ids, from, to);
      await publishAt(to);
    },
  });
}
