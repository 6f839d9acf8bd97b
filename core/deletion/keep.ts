/** `keep`: the actions of a deleted object stay and show what is left of it, in feeds and to those who watch. */
import { announceActions } from '../actions/announce.ts';
import { FeedWriter } from '../feed/writer.ts';
import type { DeletedObject, StoredAction } from '../model.ts';
import { actionChurn } from '../ports/bus.ts';
import type { DeletionDeps, Place } from './deps.ts';
import type { QuietUsers } from './quiet.ts';
import { isOutdated } from './refs.ts';

/** Items told of at once. */
const TOGETHER = 1_000;
/** Actions, which may be large, that those who watch are told of at once. */
const IN_ONE_MESSAGE = 100;

/** Writes what is left of the object into these actions. Answers the ids of those that did not show it yet. */
export async function showLeft(
  deps: DeletionDeps,
  { space, stores }: Place,
  object: DeletedObject,
  actions: readonly StoredAction[],
): Promise<Set<string>> {
  const deleted = new Map([[object.key, object]]);
  const ids = actions.filter((action) => isOutdated(action, deleted)).map((action) => action.id);
  if (ids.length === 0) return new Set();
  const names = ids.map(actionChurn);
  await deps.churn.begin(space, names);
  const pos = await deps.clock.now(space);
  await stores.actions.showDeleted(ids, object, pos);
  await deps.churn.done(space, names);
  for (let start = 0; start < ids.length; start += IN_ONE_MESSAGE) {
    const since = await deps.clock.now(space);
    const now = await stores.actions.byIds(ids.slice(start, start + IN_ONE_MESSAGE));
    await announceActions(deps, { space, stores }, [...now.values()], { since, pos });
  }
  return new Set(ids);
}

/**
 * Tells the feeds that have these actions of their new content: items move to a new position and are pushed, all of those
 * `changed`, of the others what did not change since a position. Of quiet users nothing is changed, for they reload.
 */
export async function tellFeeds(
  deps: DeletionDeps,
  { space, stores }: Place,
  {
    actions,
    changed,
    since,
    quiet,
  }: { actions: readonly string[]; changed: ReadonlySet<string>; since: number; quiet: QuietUsers },
): Promise<void> {
  const writer = new FeedWriter(deps, stores, space);
  for (let after: string | null = null; ; ) {
    const items = await stores.feeds.ofActions(actions, after, TOGETHER);
    // What came in later shows what is left, or is looked at again (decision 15). Marks move an item and tell no content.
    const open = items.filter((item) => changed.has(item.action) || item.entered < since);
    const { told } = await quiet.split(open);
    const touched = told.map(({ id, user, action }) => ({ id, user, action }));
    if (touched.length > 0) {
      await writer.write(
        { arrivals: [], actions: new Map<string, StoredAction>(), removals: [], touched },
        { since },
      );
    }
    if (items.length < TOGETHER) return;
    after = items.at(-1)?.id ?? null;
  }
}
